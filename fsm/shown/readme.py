"""The parts of README.md and .env.example that are made from the code: `python -m fsm.shown.readme` writes them anew.

Each part of the README stands between two markers, `<!-- begin NAME -->` and `<!-- end NAME -->`.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from exchange.instrument import plain
from fsm.environment import GROUPS
from fsm.shown.mermaid import mermaid
from fsm.shown.transitions import conditions_shown
from fsm.states import PROMISES, State
from fsm.table import TABLE
from guards.chain import GUARD_NAMES

ROOT = Path(__file__).parents[2]


class MarkerMissing(Exception):
    """README.md has no place for a generated part."""


def readme(text: str) -> str:
    """The README with every generated part as the code has it now."""
    for name, make in PARTS.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        pattern = re.compile(f"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
        if not pattern.search(text):
            raise MarkerMissing(f"README.md has no {begin} followed by {end}")
        made = f"{begin}\n\n{make().strip()}\n\n{end}"
        text = pattern.sub(lambda _match, made=made: made, text)  # type: ignore[misc]
    return text


def env_example() -> str:
    """Every setting with its default, commented out: what is set here is what differs."""
    return "\n\n".join(("# Copy to .env and uncomment what you change.", *map(_env_group, GROUPS))) + "\n"


def _env_group(group: type[BaseModel]) -> str:
    lines = [f"# --- {_title(group)}"]
    for name, field in _fields(group):
        lines += [f"# {field.description}", f"#{name}={_default(field)}"]
    return "\n".join(lines)


def _settings() -> str:
    return "\n\n".join(f"**{_title(group)}**\n\n{_settings_of(group)}" for group in GROUPS)


def _settings_of(group: type[BaseModel]) -> str:
    rows = (f"| `{name}` | {_cell(_default(field))} | {_escaped(field)} |" for name, field in _fields(group))
    return "\n".join(("| name | default | meaning |", "|---|---|---|", *rows))


def _escaped(field: FieldInfo) -> str:
    """A bar would end the table's cell."""
    return (field.description or "").replace("|", "\\|")


def _fields(group: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    return ((str(field.alias), field) for field in group.model_fields.values())


def _title(group: type[BaseModel]) -> str:
    """The first sentence of the model's docstring."""
    return (group.__doc__ or group.__name__).strip().partition(".")[0]


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(plain, value))
    return plain(value) if isinstance(value, Decimal) else str(value)


def _cell(default: str) -> str:
    return f"`{default}`" if default else ""


def _states() -> str:
    rows = (f"| `{state}` | {PROMISES[state]} |" for state in State)
    return "\n".join(("| state | entering it means |", "|---|---|", *rows))


def _diagram() -> str:
    return f"```mermaid\n{mermaid()}```"


def _transitions() -> str:
    rows = (
        f"| `{row.trigger}`{' ~' if row.messy else ''} | {row.source} | {_dest(row.source, row.dest)} | "
        f"{conditions_shown(row)} | {', '.join(row.effects)} | {row.remark} |"
        for row in TABLE
    )
    head = "| trigger | in | leads to | conditions | effects | remark |"
    return "\n".join((head, "|---|---|---|---|---|---|", *rows))


def _dest(source: State, dest: State) -> str:
    return "(stays)" if source is dest else dest.value


def _guards() -> str:
    return " → ".join(f"`{name}`" for name in GUARD_NAMES)


PARTS: dict[str, Callable[[], str]] = {
    "guards": _guards,
    "states": _states,
    "diagram": _diagram,
    "transitions": _transitions,
    "settings": _settings,
}


def regenerate(root: Path) -> None:
    """Write the generated parts of README.md and all of .env.example."""
    page = root / "README.md"
    page.write_text(readme(page.read_text()))
    (root / ".env.example").write_text(env_example())


if __name__ == "__main__":
    regenerate(ROOT)
