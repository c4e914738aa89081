"""A disk that works until its n-th operation and fails there."""

from pathlib import Path

from fsm.storage.disk import RealDisk


class PowerLoss(BaseException):
    """The machine stops: nothing that follows is run, no handler either."""


class FailingDisk(RealDisk):
    """Raises `failure` instead of the operation number `fails_at`, and before any later one if it is a power loss."""

    def __init__(self, fails_at: int, failure: BaseException) -> None:
        self._left = fails_at
        self._failure = failure

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0 or (self._left < 0 and isinstance(self._failure, PowerLoss)):
            raise self._failure

    def write(self, path: Path, content: bytes) -> None:
        try:
            self._step()
        except BaseException:
            path.write_bytes(content[: len(content) // 2])  # what a full disk or a lost one leaves
            raise
        super().write(path, content)

    def link(self, source: Path, target: Path) -> None:
        self._step()
        super().link(source, target)

    def replace(self, source: Path, target: Path) -> None:
        self._step()
        super().replace(source, target)

    def remove(self, path: Path) -> None:
        self._step()
        super().remove(path)

    def sync_directory(self, directory: Path) -> None:
        self._step()
        super().sync_directory(directory)
