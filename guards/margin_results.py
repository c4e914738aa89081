"""What a margin hook answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ready:
    """The hook's work is done; calling it again changes nothing."""

    remark: str = ""
    """What the owner has to be alarmed about nevertheless: a debt too small to be traded for."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Not yet: call the hook again at `until_ms` (venue time)."""

    until_ms: int
    why: str


@dataclass(frozen=True, slots=True)
class Failed:
    """It cannot be done. Before an entry: no entry. After a close: alarm; calling again tries again."""

    code: str
    why: str


Step = Ready | Waiting | Failed
