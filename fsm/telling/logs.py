"""The program's log: readable lines on the terminal, JSON lines in a capped file, neither ever in trading's way.

Everything logs with `from loguru import logger`; context that only the file needs is bound (`logger.bind(key=…)`).
"""

import json
import re
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from loguru import logger

from fsm.storage import json_lines
from fsm.storage.disk import Disk
from fsm.telling.line_writer import LineWriter
from fsm.telling.log_sinks import LogFile, Terminal

if TYPE_CHECKING:
    from loguru import Message, Record

SHUTDOWN_S = 2.0
"""How long the end of the program waits for a slow disk or terminal."""

_COLOURS = {"WARNING": "\033[33m", "ERROR": "\033[31m", "CRITICAL": "\033[1;31m", "SUCCESS": "\033[32m"}
_PLAIN = "\033[0m"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Logs:
    """The sinks of the program's logger, from making this object until `shutdown`; no terminal, no lines there."""

    def __init__(
        self,
        path: Path,
        lines_max: int,
        *,
        terminal: TextIO | None,
        disk: Disk,
        now_ms: Callable[[], int],
        redact: Callable[[str], str],
    ) -> None:
        self._now_ms = now_ms
        self._redact = redact
        screen = Terminal(terminal)
        self._in_colour = screen.in_colour
        self._screen_writer = LineWriter("terminal", screen.write, lambda lost: f"({lost} lines were not shown)\n")
        log_file = LogFile(path, lines_max, disk, _tell_failure)
        self._file_writer = LineWriter("log-file", log_file.write, self._lost_in_file)
        logger.remove()
        self._sink_id: int | None = logger.add(self._take, level="INFO", format=_no_text, catch=True)

    def __enter__(self) -> "Logs":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown(SHUTDOWN_S)

    def shutdown(self, timeout_s: float) -> None:
        """Write what waits, for at most this long and twice over for a stuck sink; a second time it does nothing."""
        if self._sink_id is None:
            return
        logger.remove(self._sink_id)
        self._sink_id = None
        self._file_writer.shutdown(timeout_s)
        self._screen_writer.shutdown(timeout_s)

    def _take(self, message: "Message") -> None:
        record = message.record
        text = self._redact(record["message"])
        trace = self._redact(_trace(record))
        self._file_writer.put(self._file_line(record, text, trace))
        self._screen_writer.put(self._screen_line(record["level"].name, text, trace))

    def _file_line(self, record: "Record", text: str, trace: str) -> str:
        line: dict[str, object] = {
            "time": json_lines.iso(self._now_ms()),
            "level": record["level"].name,
            "message": text,
            "where": f"{record['name']}:{record['line']}",
        }
        context = {name: self._redact(_as_text(value)) for name, value in record["extra"].items()}
        return _one_line(line | ({"context": context} if context else {}) | ({"trace": trace} if trace else {}))

    def _screen_line(self, level: str, text: str, trace: str) -> str:
        time = f"{json_lines.utc(self._now_ms()):%Y-%m-%d %H:%M:%S}"
        line = f"{time} {level:<8} {_CONTROL.sub(_escape, text)}"
        if self._in_colour and level in _COLOURS:
            line = f"{_COLOURS[level]}{line}{_PLAIN}"
        return f"{line}\n{trace}"

    def _lost_in_file(self, lost: int) -> str:
        return _one_line({"time": json_lines.iso(self._now_ms()), "level": "WARNING", "message": f"{lost} lines lost"})


def _no_text(_record: "Record") -> str:
    """The lines are made from the record; loguru need not format anything."""
    return ""


def _trace(record: "Record") -> str:
    error = record["exception"]
    return "" if error is None else "".join(traceback.format_exception(error.type, error.value, error.traceback))


def _as_text(value: object) -> str:
    form = json_lines.plain(value)
    return form if isinstance(form, str) else json.dumps(form)


def _one_line(entry: dict[str, object]) -> str:
    return json_lines.encode(entry).decode("ascii")


def _escape(match: re.Match[str]) -> str:
    return repr(match[0])[1:-1]


def _tell_failure(error: OSError) -> None:
    logger.error("The log file cannot be written, trading goes on: {}", error)
