"""The composition root and the command line: reads the environment, wires everything, answers with an exit code.

Exit codes: 0 fine; 1 not all is well (doctor, sample session); 2 bad usage or settings; 3 refused to start because of
state; 4 halted with a position left on the venue under its stop; 5 the venue refused us at start, with no position.

What only one command needs and takes long to load (aiohttp) is imported there: `status` answers at once.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from dotenv import dotenv_values
from loguru import logger
from rich.console import Console

from exchange.client import BinanceClient
from exchange.clock import SystemClock, VirtualClock
from exchange.errors import VenueError
from exchange.paper.direct_door import DirectDoor
from exchange.paper.settings import BARS_SYMBOLS, CannotStart, PaperSettings, default_balances
from exchange.withdrawal import KeyMayWithdraw
from fsm import sample
from fsm.assembly import Outside, assemble
from fsm.environment import AllSettings, BadSettings, read_settings
from fsm.paper_market import last_close, market_follows
from fsm.shown.checks_here import settings_mistakes
from fsm.shown.commands import AsJson, add_commands, show
from fsm.shown.doctor import all_is_well, doctor_json, doctor_shown, examine
from fsm.shown.screen import Printed, live_screen
from fsm.simulation.command import add_simulate
from fsm.starting.adopt import CannotAdopt
from fsm.starting.first_contact import TOLD_EVERY_MS
from fsm.starting.forgotten import TradesForgotten
from fsm.starting.start import OrdersWithoutRecord, Start
from fsm.storage.archive import Archive
from fsm.storage.disk import RealDisk
from fsm.storage.lock import AlreadyRunning, InstanceLock, NoPlaceForState
from fsm.storage.store import StateDamaged
from fsm.telling.alarms import Alarms
from fsm.telling.apprise_channel import secret_parts
from fsm.telling.channels import channels_of
from fsm.telling.logs import Logs
from fsm.telling.secret_redaction import SecretRedaction
from fsm.waker import Waker

FINE, NOT_WELL, BAD_USAGE, REFUSED_STATE, HALTED, REFUSED_BY_VENUE = range(6)
REFUSALS = (StateDamaged, AlreadyRunning, NoPlaceForState, CannotAdopt, OrdersWithoutRecord, TradesForgotten)
SAMPLE_LINE_S = 0.1
SAMPLE_LATENCY_MS = 15
LARGEST_AMOUNT = 10**12

PURPOSE = "Executor follows DeltaScout's signals and trades one protected position at a time on Binance."
EXIT_CODES = (__doc__ or "").split("\n\n")[1].replace("\n", " ")

app = typer.Typer(
    help=f"{PURPOSE} {EXIT_CODES}", no_args_is_help=False, add_completion=False, pretty_exceptions_enable=False
)


@app.callback(invoke_without_command=True)
def main_command(context: typer.Context) -> None:
    """Without a command: run."""
    if context.invoked_subcommand is None:
        run()


@app.command()
def run(
    adopt: Annotated[bool, typer.Option(help="Rebuild the record from the venue's evidence.")] = False,
) -> None:
    """Follow the signals and trade; on paper without DELTASCOUT_LOG: play the sample session."""
    settings = settings_or_exit()
    if plays_sample(settings):
        raise typer.Exit(play_sample(settings))
    embedded = settings.exchange.mode == "paper" and settings.exchange.base_url is None
    with ExitStack() as stack:
        settings = stack.enter_context(venue_of(settings))
        raise typer.Exit(trade(settings, adopt=adopt, venue_is_new=embedded))


@app.command()
def exchange(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback; 0 takes a free one.")] = 0,
    bars: Annotated[Path | None, typer.Option(help="Play this CSV: klines of Binance or aggregated.csv.")] = None,
    bars_symbol: Annotated[list[str] | None, typer.Option(help="Follows the bars instead of BTCUSDC, BTCUSDT.")] = None,
    seed: Annotated[int | None, typer.Option(help="Generate the market from this seed.")] = None,
    speed: Annotated[float, typer.Option(min=0.001, help="Run time at this multiple.")] = 1.0,
    manual: Annotated[bool, typer.Option(help="Time stands still until POST /paper/clock.")] = False,
    fill: Annotated[
        str, typer.Option(help="Resting orders fill on `touch` or only when price goes `through`.")
    ] = "touch",
    faults: Annotated[Path | None, typer.Option(help="Arm the faults of this JSON file.")] = None,
    balance: Annotated[list[str] | None, typer.Option(help="ASSET=AMOUNT at the start.")] = None,
    price: Annotated[list[str] | None, typer.Option(help="SYMBOL=PRICE at the start.")] = None,
) -> None:
    """Serve the simulated exchange until SIGTERM."""
    if fill not in ("touch", "through"):
        raise typer.BadParameter(f"{fill}: choose touch or through")
    if bars is not None and seed is not None:
        raise typer.BadParameter("--bars and --seed both move the market: choose one")
    if manual and speed != 1:
        raise typer.BadParameter("--manual stops time and --speed runs it: choose one")
    settings = PaperSettings(
        port=port,
        bars=bars,
        bars_symbols=tuple(bars_symbol or BARS_SYMBOLS),
        seed=seed,
        speed=speed,
        manual=manual,
        faults=faults,
        fill="touch" if fill == "touch" else "through",
        prices=_amounts(price),
        balances=_amounts(balance) if balance else default_balances(),
    )
    try:
        asyncio.run(_serve(settings))
    except (CannotStart, OSError) as refused:
        typer.echo(f"the simulated exchange cannot start: {refused}", err=True)
        raise typer.Exit(BAD_USAGE) from None


async def _serve(settings: PaperSettings) -> None:
    from exchange.paper.server import serve

    until = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, until.set)
    await serve(settings, lambda url: typer.echo(f"listening on {url}"), until)


def _amounts(pairs: list[str] | None) -> dict[str, Decimal]:
    found = {}
    for pair in pairs or []:
        name, _, amount = pair.partition("=")
        try:
            found[name.upper()] = Decimal(amount)
        except InvalidOperation:
            raise typer.BadParameter(f"{pair}: write NAME=NUMBER, such as BTC=0.5") from None
        if not found[name.upper()].is_finite() or not 0 <= found[name.upper()] < LARGEST_AMOUNT:
            raise typer.BadParameter(f"{pair}: the number must lie between 0 and {LARGEST_AMOUNT}")
    return found


@app.command()
def doctor(*, as_json: AsJson = False) -> None:
    """Check settings, files, clock, venue and key; exit code 0 only if all is well."""
    try:
        settings = read_settings(environment())
    except BadSettings as bad:
        mistakes = settings_mistakes(bad.mistakes)
        show(doctor_json(mistakes), lambda: doctor_shown(mistakes), as_json=as_json)
        raise typer.Exit(BAD_USAGE) from None
    with venue_of(settings) as reachable:
        client = BinanceClient(reachable.exchange, SystemClock(), time.sleep)
        checks = examine(reachable, client, SystemClock.wall_ms)
    show(doctor_json(checks), lambda: doctor_shown(checks), as_json=as_json)
    raise typer.Exit(0 if all_is_well(checks) else NOT_WELL)


# --- wiring
def settings_or_exit() -> AllSettings:
    """The settings of the environment and `.env`; all mistakes at once, and exit code 2."""
    try:
        return read_settings(environment())
    except BadSettings as bad:
        typer.echo("The settings cannot be used:", err=True)
        for mistake in bad.mistakes:
            typer.echo(f"  {mistake}", err=True)
        raise typer.Exit(BAD_USAGE) from None


add_commands(app, settings_or_exit, SystemClock.wall_ms)
add_simulate(app, DirectDoor, SystemClock.wall_ms)


def environment() -> Mapping[str, str]:
    """`.env` in the working directory, overruled by the environment."""
    return {**{name: value or "" for name, value in dotenv_values(".env").items()}, **os.environ}


def plays_sample(settings: AllSettings) -> bool:
    """On paper with no signal log and no exchange named, there is nothing else to do."""
    venue = settings.exchange
    return venue.mode == "paper" and venue.base_url is None and settings.signals.log_path is None


def play_sample(settings: AllSettings) -> int:
    """Play the sample session, slowly enough to be read where somebody looks; the exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks an arrow must not end the session
    from exchange.paper.server import running

    clock, console = VirtualClock(sample.START_MS), Console()
    pause = partial(time.sleep, SAMPLE_LINE_S if console.is_terminal else 0)
    try:
        with running(PaperSettings(manual=True, latency_ms=SAMPLE_LATENCY_MS), clock) as embedded:
            played = sample.play(settings, embedded.url, clock, console, pause=pause)
    except (sample.NotOurs, AlreadyRunning, NoPlaceForState) as refused:
        typer.echo(str(refused), err=True)
        return REFUSED_STATE
    return NOT_WELL if played.faults else 0


@contextmanager
def venue_of(settings: AllSettings) -> Iterator[AllSettings]:
    """On paper without a base URL, the embedded exchange runs as long as we do."""
    if settings.exchange.mode != "paper" or settings.exchange.base_url is not None:
        yield settings
        return
    from exchange.paper.server import running

    bars, symbols = settings.signals.bars_path, {settings.exchange.symbol, settings.fsm.signal_symbol}
    close, traded = last_close(bars), frozenset(symbol for symbol in symbols if symbol is not None)
    prices = dict.fromkeys(traded, close) if close is not None else {}
    with running(PaperSettings(prices=prices)) as embedded, market_follows(bars, embedded.url, traded):
        own_keys = {"api_key": None, "api_secret": None}  # the owner's are none of its business
        venue = settings.exchange.model_copy(update={"base_url": embedded.url, **own_keys})
        yield replace(settings, exchange=venue)


def trade(settings: AllSettings, *, adopt: bool, venue_is_new: bool) -> int:
    """Run the executor until it is told to stop; the exit code."""
    from fsm.loop import follow, stopped_by_signals

    os.umask(0o077)
    disk, clock, waker = RealDisk(), SystemClock(), Waker()
    stopped_by_signals(waker)
    redact = SecretRedaction(secrets_of(settings))
    log_path = settings.telling.log_path or settings.places.logs / "executor.log"
    console = Console(stderr=True)
    logs = Logs(
        log_path,
        settings.telling.log_lines_max,
        terminal=None if console.is_terminal else sys.stderr,
        disk=disk,
        now_ms=clock.now_ms,
        redact=redact,
    )
    archive = Archive(disk)
    notifier = channels_of(settings.telling, redact)
    try:
        with InstanceLock(settings.places.state):
            client = BinanceClient(settings.exchange, clock, time.sleep)
            start = Start(settings, client, disk, clock.now_ms, adopt=adopt, venue_is_new=venue_is_new)
            told = Alarms(Printed(console, notifier) if console.is_terminal else notifier, TOLD_EVERY_MS)
            record = start.first_record(waker, told)
            if record is None:
                return FINE
            outside = Outside(client, clock, disk, notifier, archive.submit, client.lender)
            assembled = assemble(settings, outside, record)
            shown = live_screen(console, settings, assembled, client, clock) if console.is_terminal else nullcontext()
            with shown:
                follow(settings, assembled, clock, waker)
            halted = assembled.memory.record.meta.halted is not None and assembled.memory.record.position is not None
            return HALTED if halted else FINE
    except REFUSALS as refused:
        return say_why(console, str(refused), REFUSED_STATE)
    except KeyMayWithdraw as refused:
        return say_why(console, str(refused), BAD_USAGE)
    except VenueError as refused:
        return say_why(console, f"the venue refused us at {settings.exchange.rest_url}: {refused}", REFUSED_BY_VENUE)
    finally:
        notifier.shutdown(2.0)
        archive.shutdown(2.0)
        logs.shutdown(2.0)


def say_why(console: Console, why: str, exit_code: int) -> int:
    """The reason of the refusal, in the log and, where the log is not shown, on the terminal."""
    logger.error("{}", why)
    if console.is_terminal:
        console.print(why, style="bold red", highlight=False)
    return exit_code


def secrets_of(settings: AllSettings) -> list[str]:
    """Texts that must appear in no log, error or notification."""
    telling = settings.telling
    hidden = (settings.exchange.api_key, settings.exchange.api_secret, telling.webhook_url, telling.webhook_password)
    channels = telling.notify_urls.get_secret_value() if telling.notify_urls is not None else ""
    return [*(secret.get_secret_value() for secret in hidden if secret is not None), *secret_parts(channels)]


def main() -> None:
    app()


if __name__ == "__main__":
    main()
