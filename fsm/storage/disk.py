"""The disk as the program uses it: one seam, so that a full or failing disk can be played in tests.

Every file is created with mode 0600. What a method did is durable when it returns, unless it says otherwise; a
method that cannot do its work raises OSError and leaves the file as it was.
"""

import contextlib
import gzip
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol


class Disk(Protocol):
    def read(self, path: Path, last: int | None = None) -> bytes | None:
        """The content, or its `last` bytes; None when there is no such file."""

    def names(self, directory: Path) -> list[str]:
        """Names of the files in the directory in order; empty when there is no such directory."""

    def write(self, path: Path, content: bytes) -> None:
        """Put a new file in the place of whatever has that name; its directory entry is not synced."""

    def overwrite(self, path: Path, content: bytes) -> None:
        """Put the content over the beginning of the file, in place and not synced: for a few bytes of fixed length."""

    def append_line(self, path: Path, line: bytes, *, durable: bool) -> int:
        """Append a line (given with its newline), on a line of its own even after a torn one; the file's new length."""

    def link(self, source: Path, target: Path) -> None:
        """Give the file a second name; its directory entry is not synced."""

    def replace(self, source: Path, target: Path) -> None:
        """Rename over the target in one step; the directory entry is not synced."""

    def remove(self, path: Path) -> None:
        """Remove the name if it is there."""

    def sync_directory(self, directory: Path) -> None:
        """Make the names in the directory durable."""

    def compress(self, path: Path) -> None:
        """Move the file, if it is there, into `<path>.gz`, behind what that holds already.

        Interrupted, it can be done again; cut off at its very end, its lines may then be in the archive twice.
        """


class RealDisk:
    def read(self, path: Path, last: int | None = None) -> bytes | None:
        try:
            with path.open("rb") as file:
                if last is not None:
                    file.seek(max(0, file.seek(0, os.SEEK_END) - last))
                return file.read()
        except FileNotFoundError:
            return None

    def names(self, directory: Path) -> list[str]:
        try:
            return sorted(os.listdir(directory))
        except FileNotFoundError:
            return []

    def write(self, path: Path, content: bytes) -> None:
        self._make_directory(path.parent)
        self.remove(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            self.put(descriptor, content)
            self.sync(descriptor)
        finally:
            os.close(descriptor)

    def overwrite(self, path: Path, content: bytes) -> None:
        self._make_directory(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            self.put(descriptor, content)
        finally:
            os.close(descriptor)

    def append_line(self, path: Path, line: bytes, *, durable: bool) -> int:
        self._make_directory(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            length = os.fstat(descriptor).st_size
            content = line if _at_line_start(descriptor, length) else b"\n" + line
            with _taken_back(descriptor, length):
                self.put(descriptor, content)
                if durable:
                    self._sync_appended(descriptor, path.parent, is_new=length == 0)
        finally:
            os.close(descriptor)
        return length + len(content)

    def link(self, source: Path, target: Path) -> None:
        os.link(source, target)

    def replace(self, source: Path, target: Path) -> None:
        os.replace(source, target)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def sync_directory(self, directory: Path) -> None:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.sync(descriptor)
        finally:
            os.close(descriptor)

    def compress(self, path: Path) -> None:
        draft, archive = path.with_name(path.name + ".gz.tmp"), path.with_name(path.name + ".gz")
        if not path.exists():
            return
        self.remove(draft)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as target:
            target.write(self.read(archive) or b"")
            with path.open("rb") as source, gzip.GzipFile(path.name, "wb", fileobj=target, mtime=0) as packed:
                shutil.copyfileobj(source, packed)
            target.flush()
            self.sync(descriptor)
        self.replace(draft, archive)
        self.sync_directory(path.parent)
        self.remove(path)

    def put(self, descriptor: int, content: bytes) -> None:
        """Write all of it at the present place; a disk that fails may have taken a part."""
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    def sync(self, descriptor: int) -> None:
        """Make what was written durable."""
        os.fsync(descriptor)

    def _sync_appended(self, descriptor: int, directory: Path, *, is_new: bool) -> None:
        self.sync(descriptor)
        if is_new:
            self.sync_directory(directory)

    def _make_directory(self, directory: Path) -> None:
        if directory.is_dir():
            return
        self._make_directory(directory.parent)
        private_directory(directory)
        self.sync_directory(directory.parent)


@contextlib.contextmanager
def _taken_back(descriptor: int, length: int) -> Iterator[None]:
    """All that is appended stays, and its name too, or none of it, as far as the disk lets us take back a part."""
    try:
        yield
    except OSError:
        with contextlib.suppress(OSError):  # the first error is the one to tell; the next append mends a torn line
            os.ftruncate(descriptor, length)
        raise


def private_directory(directory: Path) -> None:
    """Make the directory, and those above it that are missing, for the owner alone whatever the umask."""
    if directory.is_dir():
        return
    private_directory(directory.parent)
    directory.mkdir(exist_ok=True)
    directory.chmod(0o700)


def _at_line_start(descriptor: int, length: int) -> bool:
    return length == 0 or os.pread(descriptor, 1, length - 1) == b"\n"
