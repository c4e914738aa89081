"""Random appends, tears, rotations, truncations and deletions: what is followed equals what was written (S10)."""

import os
import shutil
import tempfile
from itertools import count
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from signals.position import LogPosition
from signals.tail import NOWHERE
from tests.signals.log_follower import MEGABYTE, Follower


class LogLife(RuleBasedStateMachine):
    """A writer that knows which lines a follower owes; rotations, or one loss, happen between two looks."""

    @initialize(limit_bytes=st.sampled_from([1, 40, MEGABYTE]))
    def begin(self, limit_bytes: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.log = Path(self.folder.name) / "deltascout.log"
        self.follower = Follower(self.log, limit_bytes)
        self.numbers = count()
        self.owed: list[bytes] = []
        self.torn = b""  # the unfinished line at the end of the log
        self.left_torn = b""  # the unfinished line at the end of a rotated file: a line once the writer has moved on
        self.changed_since_look = False
        self.rotated_since_look = False
        self.known = False  # the follower has seen the file that is at the path now

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(lines=st.integers(0, 30), torn=st.integers(0, 5), finish=st.booleans())
    def write(self, lines: int, torn: int, *, finish: bool) -> None:
        whole = b"".join(b"line %d\n" % next(self.numbers) for _ in range(lines))
        content = b"\n" * (finish and self.torn != b"") + whole + b"torn%d" % next(self.numbers) * (torn > 0)
        if content and self.left_torn:
            self.owed.append(self.left_torn)
            self.left_torn = b""
        *finished, self.torn = (self.torn + content).split(b"\n")
        self.owed.extend(finished)
        with self.log.open("ab") as file:
            file.write(content)
        self.date(self.log)

    @rule()
    def look(self) -> None:
        assert self.follower.raw() == self.owed
        self.owed = []
        self.changed_since_look = self.rotated_since_look = False
        self.known = self.log.exists()

    @rule()
    def restart(self) -> None:
        self.follower = Follower(self.log, self.follower.limit_bytes, self.follower.stored)

    @precondition(lambda self: self.log.exists() and not self.changed_since_look)
    @rule(by_copy=st.booleans(), create=st.booleans())
    def rotate(self, *, by_copy: bool, create: bool) -> None:
        if not self.known or not self.read_some_of_the_log():
            self.look()
        self.move_away(by_copy=by_copy and self.read_some_of_the_log(), create=create)
        self.changed_since_look = self.rotated_since_look = True

    @precondition(lambda self: self.rotated_since_look and self.log.exists() and self.log.stat().st_size > 0)
    @rule(by_copy=st.booleans(), create=st.booleans())
    def rotate_again(self, *, by_copy: bool, create: bool) -> None:
        """Before anybody has looked into the new file."""
        self.move_away(by_copy=by_copy, create=create)

    def move_away(self, *, by_copy: bool, create: bool) -> None:
        rotated = self.log.with_name(f"deltascout.log.{next(self.numbers)}")
        if by_copy:
            shutil.copy(self.log, rotated)
            self.date(rotated)
            os.truncate(self.log, 0)
        else:
            self.log.rename(rotated)
            if create:
                self.log.touch()
        self.left_torn, self.torn = self.left_torn + self.torn, b""

    @precondition(lambda self: not self.owed)
    @rule(delete=st.booleans())
    def lose(self, *, delete: bool) -> None:
        """The writer or an operator empties or removes the log when all its lines are read."""
        if self.log.exists():
            self.log.unlink() if delete else os.truncate(self.log, 0)
        self.torn = b""
        self.changed_since_look = True
        self.known = False

    def date(self, file: Path) -> None:
        """Written now: the clock of a file system is too coarse for this test."""
        os.utime(file, (next(self.numbers), next(self.numbers)))

    def read_some_of_the_log(self) -> bool:
        """Of a copy it is known that it is one only by what was read of it; a renamed file is known by its inode."""
        position = LogPosition.model_validate_json(self.follower.stored or NOWHERE.model_dump_json())
        return position.inode == self.log.stat().st_ino and position.offset > 0


LogLife.TestCase.settings = settings(max_examples=80, stateful_step_count=30)
TestLogLife = LogLife.TestCase
