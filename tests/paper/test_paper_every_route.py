"""Every kind of fault on every path, also from a file; each is seen in the request log."""

import json
from contextlib import chdir
from pathlib import Path

import pytest
from typer.testing import CliRunner

from exchange.paper.faults import KINDS, STREAM_KINDS
from exchange.paper.routes.table import ROUTES
from exchange.paper.settings import CannotStart, PaperSettings
from run import app
from tests.paper.paper_door import SYMBOL, Door

REQUEST_KINDS = tuple(kind for kind in KINDS if not kind.endswith("_event") and kind not in STREAM_KINDS)
ANSWERS = {
    "error": (500, "ok"),
    "error_after": (500, "ok"),
    "timeout": (0, "timeout"),
    "timeout_after": (0, "timeout"),
    "drop": (0, "drop"),
    "drop_after": (0, "drop"),
    "limit": (429, "ok"),
}
"""Status and transport of the answer; of all other kinds it is the honest one."""


@pytest.mark.parametrize("kind", [kind for kind in REQUEST_KINDS if kind != "partial"])
def test_every_kind_meets_every_route(kind: str) -> None:
    """The fault hits the path it names, once, and the request log tells."""
    door = Door()
    for method, path in ROUTES:
        if kind == "stale" and method != "GET":
            continue
        door.script("faults", {"kind": kind, "route": path, "method": method})
        honest = door.exchange.log.since(0)[-1:]
        answer = door.signed(method, path, symbol=SYMBOL)
        row = door.exchange.log.since(0)[-1]
        assert (row["method"], row["path"], row["fault"]) == (method, path, kind), honest
        if kind in ANSWERS:
            assert (answer.status, answer.transport) == ANSWERS[kind]
        assert "fault" not in after(door, method, path)


def after(door: Door, method: str, path: str) -> dict[str, object]:
    """How the next request to the path is logged."""
    door.signed(method, path, symbol=SYMBOL)
    row: dict[str, object] = door.exchange.log.since(0)[-1]
    return row


def test_a_cut_fill_is_seen_in_the_request_log(door: Door) -> None:
    """It is about fills: each has a row of its own, and names the order and what was executed."""
    door.script("faults", {"kind": "partial", "skip": 1, "count": -1, "fraction": 0.25})
    door.order("BUY", "MARKET", "0.001")
    door.order("BUY", "LIMIT", "0.001", price="94000", newClientOrderId="rest")
    for _ in range(2):
        door.print("94000")
    rows = [row for row in door.exchange.log.since(0) if row.get("fault") == "partial"]
    assert [row["params"]["quantity"] for row in rows] == ["0.00025000", "0.00018000"]
    assert {row["params"]["orderId"] for row in rows} == {str(door.find("rest")["orderId"])}
    assert door.script("faults", method="GET")["armed"][0]["kind"] == "partial"
    door.script("faults", method="DELETE")
    assert door.script("faults", method="GET") == {"armed": []}


FILE = [
    {"kind": "error_after", "route": "/api/v3/order", "method": "POST"},
    {"kind": "limit", "route": "/api/v3/account", "retry_after": 7},
    {"kind": "partial", "fraction": 0.5},
]


def test_faults_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text(json.dumps(FILE))
    door = Door(PaperSettings(faults=path))
    assert [fault["kind"] for fault in door.script("faults", method="GET")["armed"]] == [
        "error_after",
        "limit",
        "partial",
    ]
    assert door.signed("GET", "/api/v3/account").headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "faults.json is not JSON"),
        ('[{"kind": "explode"}]', "faults.json: a fault's kind must be one of"),
        ('[{"kind": "delay", "ms": -1}]', "ms must be a whole number from 0"),
        ('{"kind": "error", "count": 0}', "count must not be zero"),
        ('{"kind": "error", "count": null}', "count must be a whole number"),
        ('{"kind": "error", "status": 99}', "status must be a whole number from 200 to 599"),
        ('{"kind": "error", "html": 1}', "html must be true or false"),
        ('["error"]', "must be a JSON object"),
    ],
)
def test_a_file_that_makes_no_sense_is_an_error_of_the_start(tmp_path: Path, text: str, said: str) -> None:
    """The command says so and ends with exit code 2."""
    with chdir(tmp_path):
        Path("faults.json").write_text(text)
        with pytest.raises(CannotStart, match=said):
            Door(PaperSettings(faults=Path("faults.json")))
        ended = CliRunner().invoke(app, ["exchange", "--faults", "faults.json"])
    assert (ended.exit_code, "Traceback" in ended.stderr) == (2, False)


def test_of_a_list_of_faults_all_are_armed_or_none(door: Door) -> None:
    with pytest.raises(AssertionError, match="kind"):
        door.script("faults", [{"kind": "drop"}, {"kind": "explode"}])
    assert door.script("faults", method="GET") == {"armed": []}


DOCUMENT = Path(__file__).parents[2] / "docs" / "paper.md"


def test_the_bad_day_of_the_documentation_can_be_played(tmp_path: Path) -> None:
    """What a reader pastes is armed as it stands."""
    path = tmp_path / "bad_day.json"
    path.write_text(DOCUMENT.read_text().partition("```json\n")[2].partition("```")[0])
    armed = Door(PaperSettings(faults=path)).script("faults", method="GET")["armed"]
    assert len(armed) == len(json.loads(path.read_text())) > 5
