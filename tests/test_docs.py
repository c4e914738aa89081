"""What is written for people agrees with the code: README, docs, .env.example, Dockerfile."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from pydantic import BaseModel

import run
from fsm.environment import GROUPS, read_settings
from fsm.shown.readme import PARTS, MarkerMissing, env_example, readme
from fsm.shown.situation import Situation
from fsm.shown.trades import FIELDS
from fsm.shown.transitions import transitions
from fsm.storage.json_lines import decode
from fsm.telling import margin_alarms
from tests.scenarios.stage import stage

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text()
JSON_PAGE = (ROOT / "docs" / "json.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


# --- generated parts
@pytest.mark.parametrize("part", PARTS)
def test_the_readme_is_current(part: str) -> None:
    """Each generated part is what the code makes now; if not: `python -m fsm.shown.readme`."""
    assert PARTS[part]().strip() in README, "run `python -m fsm.shown.readme`"


def test_regenerating_changes_nothing() -> None:
    """The README as it is made now is the README."""
    assert readme(README) == README


def test_the_example_environment_is_current() -> None:
    """`.env.example` is what the code makes now; if not: `python -m fsm.shown.readme`."""
    assert (ROOT / ".env.example").read_text() == env_example()


def test_the_example_environment_can_be_used() -> None:
    """Uncommented, its values are valid, and they are the defaults."""
    pairs = (line[1:].partition("=") for line in env_example().splitlines() if re.match(r"#[A-Z0-9_]+=", line))
    assert read_settings({name: value for name, _, value in pairs}) == read_settings({})


def test_every_setting_is_in_the_readme() -> None:
    """By its environment name."""
    names = {str(field.alias) for group in GROUPS for field in group.model_fields.values()}
    assert {name for name in names if f"| `{name}` |" not in README} == set()


def test_a_lost_marker_is_named() -> None:
    """Without its place, a generated part would silently stay away."""
    with pytest.raises(MarkerMissing, match="begin settings"):
        readme(README.replace("<!-- begin settings -->", ""))


# --- written parts
@pytest.mark.parametrize("command", ["pip install . && python run.py", "pip install '.[test]' && python -m pytest"])
def test_the_two_commands(command: str) -> None:
    """They stand in the README as they are typed, on a line of their own."""
    assert command in README.splitlines()


def test_every_command_is_in_the_readme() -> None:
    """The table names what the command line has, and no more."""
    rows = re.findall(r"^\| `python run\.py ?([^|]*?)`(.*?)\|", README.replace("\\|", "/"), re.MULTILINE)
    named = {word for first, more in rows for word in (first.split(" ")[0], *re.findall(r"`(\w+)`", more))}
    assert named - {""} == set(typer.main.get_group(run.app).commands)


def test_the_exit_codes_are_in_the_readme() -> None:
    """The numbers of the table are those that the program explains."""
    assert run.__doc__ is not None
    explained = set(re.findall(r"(?:^|[ ;])(\d) ", run.__doc__.partition("Exit codes:")[2]))
    table = README.partition("## Exit codes")[2].partition("## ")[0]
    assert set(re.findall(r"^\| (\d) \|", table, re.MULTILINE)) == explained == set("012345")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a file names one that is there."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_files_exist(page: Path) -> None:
    """A source file that is named is there."""
    named = set(re.findall(r"`((?:fsm|guards|signals|exchange|tests)/[\w/]+\.py)`", page.read_text()))
    assert {name for name in named if not (ROOT / name).exists()} == set()


# --- outputs
def _fields(model: type[BaseModel]) -> Iterator[str]:
    """Names of a model and of the models in it."""
    for name, field in model.model_fields.items():
        yield name
        for inner in re.findall(r"situation\.(\w+)", str(field.annotation)):
            found = getattr(__import__("fsm.shown.situation", fromlist=[inner]), inner)
            yield from _fields(found)


def _documented() -> set[str]:
    return set(re.findall(r"`(\w+)`", JSON_PAGE))


def test_every_field_of_status_is_documented() -> None:
    """docs/json.md names each of them."""
    assert set(_fields(Situation)) - _documented() == set()


def test_every_field_of_a_trade_and_a_verdict_is_documented(tmp_path: Path) -> None:
    """As an executor writes them."""
    with stage(tmp_path) as acted:
        acted.signal("long", 95000)
        acted.signal("long", 95000)
        acted.trade(94000)
        acted.pass_time(5)
        reports, verdicts = acted.reports(), acted.verdicts()
        journal = acted.journal()
    assert set(reports[0]) - _documented() == set()
    assert {name for verdict in verdicts for name in verdict} - {"outcome"} - _documented() == set()
    assert {str(entry["event"]) for entry in journal} - _documented() == set()
    assert set(FIELDS) <= set(reports[0])


def test_every_field_of_the_table_is_documented() -> None:
    """As `table --json` prints them."""
    assert set(transitions()[0]) - _documented() == set()


def test_the_journal_is_json_lines(tmp_path: Path) -> None:
    """Each line can be read, and its number is one more than the one before."""
    with stage(tmp_path) as acted:
        acted.signal("long", 95000)
        content = b"".join(path.read_bytes() for path in sorted(acted.settings.places.journal.iterdir()))
    numbers = [entry["seq"] for entry in decode(content)]
    assert numbers == list(range(1, len(numbers) + 1))


# --- operations
def _alarming() -> set[str]:
    """Events that are told as WARN or ERROR somewhere in the code."""
    text = "\n".join(path.read_text() for path in (ROOT / "fsm").rglob("*.py") if "sample" not in path.parts)
    direct = re.findall(r"Severity\.(?:WARN|ERROR),\s*\"(\w+)\"", text)
    warned = re.findall(r"self\._(?:warn|announce)\(\s*\"(\w+)\"", text)
    raised = re.findall(r"Notification\(\s*\"(\w+)\",\s*Severity\.(?:WARN|ERROR)", text)
    return {*direct, *warned, *raised, margin_alarms.UNUSABLE, margin_alarms.DEBT, margin_alarms.LEVEL}


def test_every_alarm_says_what_to_do() -> None:
    """docs/operations.md names every event that is told as WARN or ERROR."""
    assert len(_alarming()) > 10
    assert {event for event in _alarming() if f"`{event}`" not in OPERATIONS} == set()


def test_the_image_has_every_package() -> None:
    """The Dockerfile copies each package that setup.cfg installs."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    for package in ("exchange", "fsm", "guards", "signals"):
        assert f"COPY {package} {package}" in dockerfile
    assert "ENV DATA_DIR=/data" in dockerfile
    assert re.search(r"^USER (?!root)\w+", dockerfile, re.MULTILINE)
