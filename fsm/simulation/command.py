"""The command `simulate`: thin, the composition root adds it with the exchange that it opens."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from fsm.simulation.door import OpenDoor
from fsm.simulation.outcome import Outcome
from fsm.simulation.runner import Explorer, Player, all_stops, play_all
from fsm.simulation.scripts import SCRIPTS
from fsm.simulation.summary import summary_shown
from fsm.simulation.wish import Wish

BROKEN = 1
STEPS = 60
SEEDS, UNENDING = 20, 1_000_000


def add_simulate(app: typer.Typer, open_door: OpenDoor, now_ms: Callable[[], int]) -> None:
    """Add `simulate` over exchanges that `open_door` starts; `now_ms` is a clock for `--minutes` alone."""
    player = Player(open_door)

    @app.command()
    def simulate(
        *,
        seeds: Annotated[
            int | None, typer.Option(min=1, help=f"How many worlds; {SEEDS}, or as many as fit into --minutes.")
        ] = None,
        start: Annotated[int, typer.Option(help="The first seed.")] = 0,
        steps: Annotated[int, typer.Option(min=1, help="Steps of each world before it comes to rest.")] = STEPS,
        minutes: Annotated[float | None, typer.Option(min=0, help="Stop after this time.")] = None,
        jobs: Annotated[int, typer.Option(min=1, help="Worlds side by side.")] = multiprocessing.cpu_count(),
        seed: Annotated[int | None, typer.Option(help="The world of this seed alone.")] = None,
        script: Annotated[str | None, typer.Option(help=f"One of these days alone: {', '.join(SCRIPTS)}.")] = None,
        stop_at: Annotated[list[int] | None, typer.Option(help="With one world: calm, stopped at this place.")] = None,
        power: Annotated[bool, typer.Option(help="These stops are losses of power.")] = False,
        trace: Annotated[bool, typer.Option(help="With one world: print what happened, step by step.")] = False,
        every_place: Annotated[
            bool, typer.Option(help="Stop all scripts, or one world, at each place in turn, and again in recovery.")
        ] = False,
    ) -> None:
        """Play worlds with failing network, disk and power, and an owner who interferes; check every promise."""
        if script is not None and script not in SCRIPTS:
            raise typer.BadParameter(f"there is no script {script}; there are {', '.join(SCRIPTS)}")
        one = Wish(seed or 0, steps, script, tuple(stop_at or ()), power) if seed is not None or script else None
        if one is None and (trace or stop_at or power):
            raise typer.BadParameter("--trace, --stop-at and --power need --seed or --script")
        end_ms = None if minutes is None else now_ms() + int(minutes * 60_000)
        if one is not None and not every_place:
            raise typer.Exit(_one(player, one, trace=trace))
        if every_place:
            days = [one] if one is not None else [Wish(0, steps, name) for name in SCRIPTS]
            stops = all_stops(player, days)
            explored = play_all(Explorer(player), stops, jobs, lambda: end_ms is not None and now_ms() >= end_ms)
            raise typer.Exit(_many((outcome for pair in explored for outcome in pair), 2 * len(stops)))
        count = seeds or (SEEDS if minutes is None else UNENDING)
        wishes = [Wish(start + number, steps) for number in range(count)]
        played = play_all(player, wishes, jobs, lambda: end_ms is not None and now_ms() >= end_ms)
        raise typer.Exit(_many(played, None if count == UNENDING else count))


def _one(player: Player, wish: Wish, *, trace: bool) -> int:
    outcome, happened = player.traced(wish)
    if trace:
        typer.echo("\n".join(happened))
    typer.echo(f"digest {outcome.digest}")
    return _tell([outcome])


def _many(played: Iterator[Outcome], count: int | None) -> int:
    """Play them all, or as many as there is time for; Ctrl-C ends the playing, and what was played is told."""
    outcomes: list[Outcome] = []
    try:
        outcomes.extend(track(played, "worlds", count, console=Console(stderr=True)))
    except KeyboardInterrupt:
        typer.echo("stopped by Ctrl-C", err=True)
    return _tell(outcomes)


def _tell(outcomes: Sequence[Outcome]) -> int:
    Console().print(summary_shown(outcomes))
    return BROKEN if any(outcome.fault is not None for outcome in outcomes) else 0
