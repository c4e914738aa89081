"""The commands that read and show, and the operator's switches: thin, the composition root adds them to its own."""

import json
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, RenderableType

from fsm.environment import AllSettings
from fsm.operator import Command, Switches
from fsm.shown.diagram import diagram
from fsm.shown.explain import explained, explained_shown
from fsm.shown.files import executor_of
from fsm.shown.status import read_situation
from fsm.shown.trades import trade_reports, trades_csv, trades_shown
from fsm.shown.transitions import transitions, transitions_shown
from fsm.shown.view import situation_shown
from fsm.storage.store import StateDamaged

REFUSED_STATE = 3
PIPED_WIDTH = 160
"""Columns of a table that goes into a file or a pipe."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON; its form is in docs/json.md.")]


class Form(StrEnum):
    """How the diagram may be had."""

    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    PNG = "png"


def add_commands(app: typer.Typer, settings: Callable[[], AllSettings], now_ms: Callable[[], int]) -> None:
    """Add diagram, table, status, explain, trades, pause, resume and flatten over these settings."""
    app.command(name="diagram")(draw_diagram)
    app.command(name="table")(show_table)
    _add_reports(app, settings, now_ms)
    _add_switches(app, settings)


def _add_reports(app: typer.Typer, settings: Callable[[], AllSettings], now_ms: Callable[[], int]) -> None:

    @app.command()
    def status(*, as_json: AsJson = False) -> None:
        """State, position, orders, distances to stop and targets, and what keeps a new signal out until when."""
        known = settings()
        try:
            found = read_situation(known.places, now_ms(), known.exchange.order_recv_window_ms)
        except StateDamaged as damaged:
            typer.echo(str(damaged), err=True)
            raise typer.Exit(REFUSED_STATE) from None
        show(found.model_dump(mode="json"), lambda: situation_shown(found), as_json=as_json)

    @app.command()
    def explain(
        key: Annotated[str | None, typer.Argument(help="A signal's key or trade id, or a part of one.")] = None,
        last: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 10,
        *,
        as_json: AsJson = False,
    ) -> None:
        """The verdict of signals: what was measured, against which threshold, and what came of it."""
        found = explained(settings().places, key, last)
        show(found, lambda: explained_shown(found, whole=key is not None), as_json=as_json)

    @app.command()
    def trades(
        *,
        as_json: AsJson = False,
        as_csv: Annotated[bool, typer.Option("--csv", help="Print a CSV with a header.")] = False,
    ) -> None:
        """The closed trades and their sum."""
        if as_json and as_csv:
            raise typer.BadParameter("--json and --csv are two forms of the same: choose one")
        found = trade_reports(settings().places)
        if as_csv:
            typer.echo(trades_csv(found), nl=False)
        else:
            show(found, lambda: trades_shown(found), as_json=as_json)


def _add_switches(app: typer.Typer, settings: Callable[[], AllSettings]) -> None:
    @app.command()
    def pause() -> None:
        """Make no new entries until `resume`; a position is managed on."""
        give(Command.PAUSE, settings())

    @app.command()
    def resume() -> None:
        """Make entries again, also after a halt."""
        give(Command.RESUME, settings())

    @app.command()
    def flatten() -> None:
        """Close the position: cancel its orders, sell what is held, verify."""
        give(Command.FLATTEN, settings())


def draw_diagram(
    form: Annotated[Form | None, typer.Option("--format", help="By default as --output ends, else mermaid.")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write; by default standard output.")] = None,
) -> None:
    """The state diagram, drawn from the running table."""
    endings = {".dot": Form.DOT, ".svg": Form.SVG, ".png": Form.PNG}
    chosen = form or endings.get(output.suffix if output else "", Form.MERMAID)
    if output is None and chosen is Form.PNG and sys.stdout.isatty():
        raise typer.BadParameter("a PNG is not for a terminal: give --output FILE")
    drawn = diagram(chosen.value)
    if output is None:
        sys.stdout.buffer.write(drawn)
        return
    try:
        output.write_bytes(drawn)
    except OSError as error:
        raise typer.BadParameter(f"{output} cannot be written: {error.strerror}") from None


def show_table(*, as_json: AsJson = False) -> None:
    """The transition table: trigger, source, dest, conditions, effects."""
    show(transitions(), transitions_shown, as_json=as_json)


def show(document: object, shown: Callable[[], RenderableType], *, as_json: bool) -> None:
    """The document as JSON, or as a person reads it."""
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
    console.print(shown())


NOT_GIVEN = 1
"""The exit code of a switch that could not be left for the executor."""


def give(command: Command, settings: AllSettings) -> None:
    """Leave the command for the executor, and say whether one is there to take it up."""
    try:
        path = Switches(settings.places.commands).give(command)
    except OSError as error:
        typer.echo(f"{command} was NOT given: {error.filename}: {error.strerror}; mend the disk or DATA_DIR", err=True)
        raise typer.Exit(NOT_GIVEN) from None
    executor = executor_of(settings.places.state)
    if executor.running:
        typer.echo(f"{command}: process {executor.pid} takes it up within a second ({path})")
    else:
        typer.echo(f"{command}: no executor runs now, the next one takes it up at its start ({path})")
