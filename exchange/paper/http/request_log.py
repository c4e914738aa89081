"""What was asked and what was answered, for checkers."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEPT_REQUESTS = 100_000


@dataclass(slots=True)
class LoggedRequest:
    """One request; status 0 means that no answer was sent, `fault` names what was injected."""

    n: int
    time_ms: int
    method: str
    path: str
    params: Mapping[str, str]
    status: int = 0
    code: int | None = None
    fault: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As the ledger shows it."""
        row: dict[str, Any] = {
            "n": self.n,
            "time": self.time_ms,
            "method": self.method,
            "path": self.path,
            "params": dict(self.params),
            "status": self.status,
            "code": self.code,
        }
        return row if self.fault is None else {**row, "fault": self.fault}


class RequestLog:
    """The newest requests, numbered from one; a reset does not forget them."""

    def __init__(self) -> None:
        self._rows: deque[LoggedRequest] = deque(maxlen=KEPT_REQUESTS)
        self._count = 0

    def begin(self, time_ms: int, method: str, path: str, params: Mapping[str, str]) -> LoggedRequest:
        """Note a request before it is worked on."""
        self._count += 1
        shown = {name: value for name, value in params.items() if name != "signature"}
        row = LoggedRequest(self._count, time_ms, method, path, shown)
        self._rows.append(row)
        return row

    def since(self, n: int) -> list[dict[str, Any]]:
        """The requests after number n."""
        return [row.as_json() for row in self._rows if row.n > n]
