"""The command `simulate`: thin, the composition root adds it with the exchange that it opens."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from fsm.simulation.door import OpenDoor
from fsm.simulation.outcome import Outcome
from fsm.simulation.runner import Player, Wish, every_stop, play_all
from fsm.simulation.summary import summary_shown

BROKEN = 1
STEPS = 60


def add_simulate(app: typer.Typer, open_door: OpenDoor, now_ms: Callable[[], int]) -> None:
    """Add `simulate` over exchanges that `open_door` starts; `now_ms` is a clock for `--minutes` alone."""
    player = Player(open_door)

    @app.command()
    def simulate(
        *,
        seeds: Annotated[int, typer.Option(min=1, help="How many worlds.")] = 20,
        start: Annotated[int, typer.Option(help="The first seed.")] = 0,
        seed: Annotated[int | None, typer.Option(help="This one alone.")] = None,
        steps: Annotated[int, typer.Option(min=1, help="Steps of each world before it comes to rest.")] = STEPS,
        minutes: Annotated[float | None, typer.Option(min=0, help="Stop after this time.")] = None,
        stop_at: Annotated[int | None, typer.Option(help="With --seed: a calm day, stopped at this place.")] = None,
        trace: Annotated[bool, typer.Option(help="With --seed: print what happened, step by step.")] = False,
        every_place: Annotated[bool, typer.Option(help="With --seed: stop at each place in turn.")] = False,
    ) -> None:
        """Play worlds with failing network, disk and power, and an owner who interferes; check every promise."""
        if seed is None and (trace or every_place or stop_at is not None):
            raise typer.BadParameter("--trace, --every-place and --stop-at need --seed")
        console = Console()
        if seed is not None and not every_place:
            raise typer.Exit(_one(player, Wish(seed, steps, stop_at), console, trace=trace))
        wishes = [Wish(start + number, steps) for number in range(seeds)]
        if seed is not None:
            wishes = every_stop(player, seed, steps)
        end_ms = None if minutes is None else now_ms() + int(minutes * 60_000)
        played = play_all(player, wishes, lambda: end_ms is not None and now_ms() >= end_ms)
        outcomes = list(track(played, "worlds", len(wishes), console=console))
        raise typer.Exit(_tell(outcomes, steps, console))


def _one(player: Player, wish: Wish, console: Console, *, trace: bool) -> int:
    outcome, happened = player.traced(wish)
    if trace:
        typer.echo("\n".join(happened))
    return _tell([outcome], wish.steps, console)


def _tell(outcomes: list[Outcome], steps: int, console: Console) -> int:
    console.print(summary_shown(outcomes, steps))
    return BROKEN if any(outcome.fault is not None for outcome in outcomes) else 0
