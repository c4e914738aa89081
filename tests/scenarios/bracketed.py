"""Entries born protected, seen from one direction: the settings, and what works of each leg."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.directed import DIRECTIONS, Directed, directed

each_direction = pytest.mark.parametrize("kind", DIRECTIONS)
BRACKET = {"ENTRY_PROTECTION": "bracket"}
LISTS = {"long": ("opoco", "opoco", "opo"), "short": ("otoco", "otoco", "oto")}
LEG = Decimal("0.01052")
"""What the first leg enters."""


def bracketed(folder: Path, kind: str, **environ: str) -> Any:
    return directed(folder, kind, **BRACKET, **environ)


def legs_working(scene: Directed) -> dict[str, list[str]]:
    """Roles that work, by leg; an exit that waits for its entry is written small."""
    found: dict[str, list[str]] = {}
    for name, order in sorted(scene.working().items()):
        role = name[0].lower() if order["status"] == "PENDING_NEW" else name[0]
        found.setdefault(name[1], []).append(role)
    return found


ARMED = {"1": ["S", "T"], "2": ["S", "T"], "3": ["S"]}
WAITING = {"1": ["E", "s", "t"], "2": ["E", "s", "t"], "3": ["E", "s"]}


def assert_never_naked(scene: Directed) -> None:
    """By the venue's own ledger, and by the report."""
    assert scene.ours().naked_spans() == []
    assert scene.report["naked_ms"] == 0
