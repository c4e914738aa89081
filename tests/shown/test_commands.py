"""The commands of the command line: what they print, and their exit codes."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import run
from fsm.shown.diagram import diagram
from fsm.shown.transitions import transitions
from fsm.states import State
from fsm.storage.lock import InstanceLock
from tests.scenarios.stage import Stage, stage

ROOT = Path(__file__).parents[2]


def _asked(folder: Path, *words: str, **environ: str) -> Result:
    """The command, run in the folder with these settings."""
    with contextlib.chdir(folder):
        return CliRunner().invoke(run.app, list(words), env={"DATA_DIR": str(folder / "data"), **environ})


def _known(acted: Stage) -> dict[str, str]:
    return {"DATA_DIR": str(acted.settings.places.data_dir)}


@pytest.mark.parametrize("command", ["diagram", "table", "status", "explain", "doctor", "trades", "pause", "flatten"])
def test_every_command_explains_itself(tmp_path: Path, command: str) -> None:
    """`--help` needs no settings, says what the command does, and exits with 0."""
    asked = _asked(tmp_path, command, "--help", MODE="nonsense")
    assert asked.exit_code == 0
    assert "Usage" in asked.output


@pytest.mark.parametrize("command", ["status", "explain", "trades", "pause"])
def test_bad_settings_end_a_command(tmp_path: Path, command: str) -> None:
    """Exit code 2, and every mistake is named."""
    asked = _asked(tmp_path, command, MODE="nonsense", QTY_USD="-1")
    assert asked.exit_code == 2
    assert "MODE" in asked.output
    assert "QTY_USD" in asked.output


def test_the_doctor_finds_bad_settings(tmp_path: Path) -> None:
    """It shows them like any other finding, with exit code 2."""
    asked = _asked(tmp_path, "doctor", "--json", MODE="nonsense", QTY_USD="-1")
    assert asked.exit_code == 2
    assert [check["subject"] for check in json.loads(asked.stdout)["checks"]] == ["settings", "settings"]


def test_the_doctor_of_a_fresh_checkout(tmp_path: Path) -> None:
    """On paper, with no settings at all, all is well: exit code 0."""
    asked = _asked(tmp_path, "doctor", "--json")
    assert asked.exit_code == 0, asked.output
    assert json.loads(asked.stdout)["well"]


def test_the_table(tmp_path: Path) -> None:
    """`--json` prints the rows, without it a table of them."""
    assert json.loads(_asked(tmp_path, "table", "--json").stdout) == transitions()
    assert "signal_accepted" in _asked(tmp_path, "table").stdout


@pytest.mark.parametrize("form", ["mermaid", "dot", "svg"])
def test_the_diagram_on_standard_output(tmp_path: Path, form: str) -> None:
    """The picture and nothing else."""
    asked = _asked(tmp_path, "diagram", "--format", form)
    assert asked.exit_code == 0
    assert asked.stdout_bytes == diagram(form)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "start"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.dot", b"digraph"), ("a.md", b"stateDiagram-v2")]
)
def test_the_diagram_in_a_file(tmp_path: Path, name: str, start: bytes) -> None:
    """Without `--format` the file's ending decides."""
    assert _asked(tmp_path, "diagram", "--output", name).exit_code == 0
    assert (tmp_path / name).read_bytes().startswith(start)


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """Exit code 2 and a sentence, no traceback."""
    asked = _asked(tmp_path, "diagram", "--output", "no/such/folder.dot")
    assert asked.exit_code == 2
    assert "cannot be written" in " ".join(asked.output.split())


def test_status_of_a_position(tmp_path: Path) -> None:
    """The JSON has state and position; the text says whether an executor runs."""
    with stage(tmp_path) as acted:
        acted.signal("long", 95000)
        found = json.loads(_asked(tmp_path, "status", "--json", **_known(acted)).stdout)
        assert found["state"] == State.OPEN_FILLED
        assert found["position"]["trade_id"] == acted.position.trade_id
        assert "not running" in _asked(tmp_path, "status", **_known(acted)).stdout
        with InstanceLock(acted.settings.places.state):
            assert "● running" in _asked(tmp_path, "status", **_known(acted)).stdout


def test_status_of_a_damaged_state(tmp_path: Path) -> None:
    """Exit code 3, the file and the fault named."""
    state = tmp_path / "data" / "state" / "executor_state.json"
    state.parent.mkdir(parents=True)
    state.write_text("[]")
    asked = _asked(tmp_path, "status")
    assert asked.exit_code == 3
    assert str(state) in asked.output


def test_explain_and_trades(tmp_path: Path) -> None:
    """The verdict of a signal, by its key; the trades as JSON and CSV."""
    with stage(tmp_path) as acted:
        acted.signal("long", 95000)
        acted.trade(94000)
        acted.pass_time(5)
        key = acted.verdicts()[0]["key"]
        found = json.loads(_asked(tmp_path, "explain", key, "--json", **_known(acted)).stdout)
        assert [one["verdict"] for one in found] == ["accepted"]
        assert key in _asked(tmp_path, "explain", **_known(acted)).stdout
        assert json.loads(_asked(tmp_path, "trades", "--json", **_known(acted)).stdout) == acted.reports()
        assert _asked(tmp_path, "trades", "--csv", **_known(acted)).stdout.startswith("trade_id,symbol,")


@pytest.mark.parametrize("command", ["pause", "resume", "flatten"])
def test_switches(tmp_path: Path, command: str) -> None:
    """A command is left for the executor; whether one is there to take it up is said."""
    asked = _asked(tmp_path, command)
    assert asked.exit_code == 0
    assert "no executor runs now" in asked.stdout
    assert (tmp_path / "data" / "state" / "commands" / command).exists()


def test_one_form_at_a_time(tmp_path: Path) -> None:
    """`trades --json --csv` asks for two things at once: refused, none of them chosen silently."""
    asked = _asked(tmp_path, "trades", "--json", "--csv")
    assert asked.exit_code == 2
    assert "choose one" in asked.output


@pytest.mark.parametrize("command", ["pause", "resume", "flatten"])
def test_a_switch_that_cannot_be_left_says_so(tmp_path: Path, command: str) -> None:
    """On a disk that refuses it the owner must not believe that it was given: 1, with the place and the reason."""
    (tmp_path / "data" / "state").mkdir(parents=True)
    (tmp_path / "data" / "state" / "commands").write_text("a file is here", encoding="utf-8")
    asked = _asked(tmp_path, command)
    assert asked.exit_code == 1
    assert f"{command} was NOT given: {tmp_path / 'data' / 'state' / 'commands'}" in asked.output


def test_a_paused_executor_refuses_and_resumes(tmp_path: Path) -> None:
    """What the command line leaves is what the executor takes up."""
    with stage(tmp_path) as acted:
        _asked(tmp_path, "pause", **_known(acted))
        acted.turn()
        acted.signal("long", 95000)
        assert acted.verdicts()[-1]["verdict"] == "paused"
        _asked(tmp_path, "resume", **_known(acted))
        acted.turn()
        acted.pass_time(60)
        acted.bar(95000, 95010, 94990)
        acted.signal("long", 95000)
        assert acted.verdicts()[-1]["verdict"] == "accepted"


def test_the_program_itself(tmp_path: Path) -> None:
    """As a process: the table on standard output, nothing on standard error, exit code 0."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "table", "--json"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == transitions()
