"""The log: capped, readable, private, and never in trading's way (R8, V3, V7)."""

import json
import os
import pty
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import TextIO

import pytest
from loguru import logger

from fsm.storage.disk import RealDisk
from fsm.telling.line_writer import LineWriter
from fsm.telling.log_sinks import LogFile, Terminal
from fsm.telling.logs import Logs
from fsm.telling.secret_redaction import SecretRedaction

ROOT = Path(__file__).resolve().parents[2]
NOON = 1_736_769_600_000
Start = Callable[..., Logs]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts the program's log; it ends with the test."""
    with ExitStack() as running:

        def started(path: Path, terminal: TextIO | None = None, lines_max: int = 200) -> Logs:
            logs = Logs(
                path,
                lines_max,
                terminal=terminal,
                disk=RealDisk(),
                now_ms=lambda: NOON,
                redact=SecretRedaction(["s3cret", 'quo"ted']),
            )
            return running.enter_context(logs)

        yield started


def fail_on(error: OSError) -> None:
    raise AssertionError(f"the disk refused: {error}")


def lines_of(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("lines_max", [1, 2, 3, 4, 5, 10, 200])
def test_the_file_never_has_more_lines_than_it_may(tmp_path: Path, lines_max: int) -> None:
    """After every single line the file holds the newest ones without a gap: at most the maximum, at least 3/4 of it."""
    log_file = LogFile(tmp_path / "executor.log", lines_max, RealDisk(), fail_on)
    for number in range(3 * lines_max + 5):
        assert log_file.write(f"{number}\n")
        kept = [int(line) for line in (tmp_path / "executor.log").read_text().splitlines()]
        assert kept == list(range(number + 1 - len(kept), number + 1))
        assert len(kept) <= lines_max
        assert len(kept) >= min(number + 1, lines_max * 3 // 4)


def test_the_file_is_not_rewritten_for_every_line(tmp_path: Path) -> None:
    """A thousand lines cost at most one rewriting per quarter of the maximum."""
    path = tmp_path / "executor.log"
    log_file = LogFile(path, 200, RealDisk(), fail_on)
    rewritten = 0
    log_file.write("0\n")
    with path.open() as current:
        held = current
        for number in range(1, 1001):
            log_file.write(f"{number}\n")
            if os.fstat(held.fileno()).st_nlink == 0:
                rewritten += 1
                held.close()
                held = path.open()
        held.close()
    assert 0 < rewritten <= 1000 // 50


@pytest.mark.parametrize("found", [b"old\n" * 500, b"old\n" * 199 + b"torn", b""], ids=["too long", "torn", "empty"])
def test_a_file_that_is_there_is_continued(tmp_path: Path, found: bytes) -> None:
    """Restarts count too: the maximum holds for the file, whoever wrote its lines."""
    path = tmp_path / "executor.log"
    path.write_bytes(found)
    LogFile(path, 200, RealDisk(), fail_on).write("new\n")
    lines = path.read_text().splitlines()
    assert len(lines) <= 200
    assert lines[-1] == "new"


def test_lines_have_time_level_message_and_place(tmp_path: Path, start: Start) -> None:
    """Each line is one JSON object with the program's time; context is text, numbers without exponent."""
    path = tmp_path / "logs" / "executor.log"
    logs = start(path)
    logger.bind(key="k", step=Decimal("0.00001"), legs=[1, Decimal("0.5")]).info("placed {}", "stop")
    logs.shutdown(10)
    (line,) = lines_of(path)
    assert str(line.pop("where")).startswith(f"{__name__}:")
    assert line == {
        "time": "2025-01-13T12:00:00.000Z",
        "level": "INFO",
        "message": "placed stop",
        "context": {"key": "k", "step": "0.00001", "legs": '[1, "0.5"]'},
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_error_brings_its_trace(tmp_path: Path, start: Start) -> None:
    """A logged exception is in the file with its trace, but without the values of variables."""
    logs = start(tmp_path / "executor.log")
    hidden = "value-of-a-variable"
    try:
        int("1" + hidden[:0] + "x")
    except ValueError:
        logger.exception("It broke")
    logs.shutdown(10)
    (line,) = lines_of(tmp_path / "executor.log")
    assert "ValueError: invalid literal" in str(line["trace"])
    assert hidden not in str(line)


@pytest.mark.parametrize("secret", ["s3cret", 'quo"ted'])
def test_secrets_reach_neither_file_nor_terminal(tmp_path: Path, start: Start, secret: str) -> None:
    """In message, context or exception, a planted secret is replaced, and every line is still JSON."""
    with (tmp_path / "screen").open("w") as terminal:
        logs = start(tmp_path / "executor.log", terminal)
        logger.bind(header=secret, body={"key": secret}).info("key is {}", secret)
        try:
            int(secret)
        except ValueError:
            logger.exception("Refused with {}", secret)
        logs.shutdown(10)
    assert len(lines_of(tmp_path / "executor.log")) == 2
    for name in ("executor.log", "screen"):
        text = (tmp_path / name).read_text()
        assert secret not in text
        assert json.dumps(secret)[1:-1] not in text
        assert "key is [secret]" in text


def test_terminal_lines_are_readable(tmp_path: Path, start: Start) -> None:
    """Time, level and message; whatever would steer the terminal or break the line is shown escaped."""
    with (tmp_path / "screen").open("w") as terminal:
        logs = start(tmp_path / "executor.log", terminal)
        logger.info("a\x1b[2J\nb\x9b → \ud800")
        logs.shutdown(10)
    shown = (tmp_path / "screen").read_text()
    assert shown == "2025-01-13 12:00:00 INFO     a\\x1b[2J\\nb\\x9b → \\ud800\n"


def test_colours_only_for_a_person(tmp_path: Path, start: Start) -> None:
    """A real terminal shows an error in colour; a file or pipe gets no escape sequence."""
    controller, screen = pty.openpty()
    with os.fdopen(screen, "w") as terminal:
        logs = start(tmp_path / "executor.log", terminal)
        logger.error("no stop")
        logs.shutdown(10)
        assert b"\x1b[31m" in os.read(controller, 1000)
    os.close(controller)
    with (tmp_path / "screen").open("w") as terminal:
        logs = start(tmp_path / "executor.log", terminal)
        logger.error("no stop")
        logs.shutdown(10)
    assert "\x1b" not in (tmp_path / "screen").read_text()


def test_a_closed_terminal_does_not_stop_the_log(tmp_path: Path, start: Start) -> None:
    """When nobody reads any more, every line still goes to the file."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as terminal:
        logs = start(tmp_path / "executor.log", terminal)
        os.close(reader)
        for number in range(100):
            logger.info("{}", number)
        logs.shutdown(10)
        assert [line["message"] for line in lines_of(tmp_path / "executor.log")] == [f"{n}" for n in range(100)]
        terminal.write("whoever else prints is not stopped either")


def test_a_hung_up_terminal_does_not_stop_the_log(tmp_path: Path, start: Start) -> None:
    """A real terminal whose window was closed costs no line of the file."""
    controller, screen = pty.openpty()
    with os.fdopen(screen, "w") as terminal:
        logs = start(tmp_path / "executor.log", terminal)
        os.close(controller)
        logger.info("after the hang-up")
        logs.shutdown(10)
    assert len(lines_of(tmp_path / "executor.log")) == 1


@pytest.mark.parametrize("reader_is", ["there", "gone"])
def test_a_number_that_was_given_away_is_left_alone(tmp_path: Path, start: Start, reader_is: str) -> None:
    """Another file that got the number of a closed stream gets no log line and loses none of its own."""
    reader, writer = os.pipe()
    terminal = os.fdopen(writer, "w")
    logs = start(tmp_path / "executor.log", terminal)
    terminal.close()
    with (tmp_path / "state").open("w") as state:
        assert state.fileno() == writer
        if reader_is == "gone":
            os.close(reader)
        logger.info("not for the state")
        logs.shutdown(10)
        state.write("state")
    if reader_is == "there":
        os.close(reader)
    assert (tmp_path / "state").read_text() == "state"


TRADER = """
import sys
from pathlib import Path
from loguru import logger
from fsm.storage.disk import RealDisk
from fsm.telling.logs import Logs
from fsm.telling.secret_redaction import SecretRedaction
terminal = getattr(sys, sys.argv[2])
logs = Logs(Path(sys.argv[1]), 5000, terminal=terminal, disk=RealDisk(), now_ms=lambda: 0, redact=SecretRedaction([]))
held = [open(sys.argv[1] + ".state", "w")]
for number in range(2000):
    logger.info("{} {}", number, "x" * 100)
logs.shutdown(0.3)
held[0].write("state")
"""


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("reader_is", ["stuck", "gone"])
def test_a_stuck_or_closed_terminal_does_not_stop_the_program(tmp_path: Path, stream: str, reader_is: str) -> None:
    """A terminal that takes nothing more (paused, or gone) neither delays the program nor spoils its end."""
    reader, writer = os.pipe()
    path = tmp_path / "executor.log"
    command = [sys.executable, "-c", TRADER, str(path), stream]
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: writer}
    with subprocess.Popen(command, cwd=ROOT, **streams) as trader:  # type: ignore[call-overload]
        os.close(writer)
        if reader_is == "gone":
            os.close(reader)
        assert trader.wait(20) == 0
    if reader_is == "stuck":
        os.close(reader)
    assert len(lines_of(path)) == 2000


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_without_a_terminal_nothing_is_written_in_its_place(tmp_path: Path, stream: str) -> None:
    """Started with a closed stream, its number may be given to another file, which must get no log line."""
    path = tmp_path / "executor.log"
    closed = {"stdout": "1>&-", "stderr": "2>&-"}[stream]
    command = f'exec "$0" -c "$1" "$2" {stream} {closed}'
    subprocess.run(["sh", "-c", command, sys.executable, TRADER, str(path)], cwd=ROOT, check=True)
    assert len(lines_of(path)) == 2000
    assert path.with_name(path.name + ".state").read_text() == "state"


def test_r8_a_full_disk_costs_lines_and_nothing_else(small_disk: Path, start: Start) -> None:
    """R8: the failure is told once on the terminal; once there is room, the file says how many lines it lost."""
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(bytes(200_000))
    path = small_disk / "executor.log"
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as terminal, os.fdopen(reader) as screen:
        logs = start(path, terminal)
        logger.info("one")
        shown = [screen.readline(), screen.readline()]
        ballast.unlink()
        logger.info("two")
        logs.shutdown(10)
    assert any("cannot be written" in line and "No space" in line for line in shown)
    messages = [line["message"] for line in lines_of(path)]
    assert messages[-2:] == ["two", "2 lines lost"] or messages[1] == "1 lines lost"


def test_r8_the_failure_is_told_once(small_disk: Path) -> None:
    """R8: however many lines a full disk refuses, it is told once until a line is written again."""
    ballast = small_disk / "ballast"
    failures: list[OSError] = []
    log_file = LogFile(small_disk / "executor.log", 200, RealDisk(), failures.append)
    for episode in (1, 2):
        with pytest.raises(OSError, match="No space"):
            ballast.write_bytes(bytes(200_000))
        assert not any(log_file.write("x" * 5000 + "\n") for _ in range(5))
        assert len(failures) == episode
        ballast.unlink()
        assert log_file.write("room\n")


def test_lines_wait_up_to_a_bound(tmp_path: Path) -> None:
    """V3: putting a line never waits; what the bound refuses is counted and told by one line."""
    reader, writer = os.pipe()
    written: list[str] = []

    def slow(line: str) -> bool:
        os.read(reader, 1)
        written.append(line)
        return True

    lines = LineWriter("slow", slow, lambda lost: f"{lost} lost", waiting_max=5)
    for number in range(20):
        lines.put(f"{number}")
    os.write(writer, b"x" * 100)
    lines.shutdown(10)
    os.close(writer)
    os.close(reader)
    assert len(written) + lines.lost == 20 + 1
    assert written[1] == f"{lines.lost} lost"


def test_a_terminal_that_is_no_file_is_none(tmp_path: Path) -> None:
    """A stream that was closed before is the same as no terminal."""
    with (tmp_path / "screen").open("w") as stream:
        pass
    assert not Terminal(stream).in_colour
    assert Terminal(None).write("gone\n")
