"""Beginning and end of the session; the tables are made from what the program wrote, never from the script."""

from collections.abc import Iterator
from decimal import Decimal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from exchange.instrument import plain
from fsm.environment import AllSettings
from fsm.numbers import ZERO
from fsm.sample.books import Books, Entry
from fsm.states import State
from fsm.storage.places import Places

_CENTS = Decimal("0.01")
_MILLS = Decimal("0.001")
LONGEST_MEASURE = 11
_EXITS = {"S": "stop", "X": "market"}

Cell = str | Text


def show_beginning(console: Console, settings: AllSettings, fixed: tuple[str, ...]) -> None:
    """Where it happens, and what of the owner's settings is not followed."""
    console.print(
        f"[bold]Sample session[/] of {settings.exchange.symbol} in compressed time, on a simulated exchange at"
        f" {settings.exchange.rest_url}. All it writes is in {settings.places.data_dir}."
        " Set DELTASCOUT_LOG and AGG_CSV to follow signals of your own."
    )
    chosen = f"SPOT_SHORT={settings.guards.spot_short} and QTY_USD={plain(settings.fsm.quantity_quote)}"
    aside = f" Of your settings it does not follow {', '.join(fixed)}." if fixed else ""
    console.print(f"It goes with {chosen}.{aside}")


def show_summary(console: Console, books: Books, places: Places) -> None:
    """Trades, verdicts, states and files."""
    _show(console, "Trades", _trades(books), _about_trades(books))
    _show(console, "Verdicts", _verdicts(books), "What was measured, against which threshold, and what came of it.")
    _show(console, "States", _states(books), "How often each was entered, and the seconds spent in it.")
    _show(
        console,
        "Files",
        _files(places),
        f"More of it: DATA_DIR={places.data_dir} python run.py explain, trades, status",
    )


def show_end(console: Console, faults: tuple[str, ...]) -> None:
    """Whether all went by the script."""
    console.print()
    for fault in faults:
        console.print(Text(f"Not by the script: {fault}", style="bold red"))
    if not faults:
        console.print("[green]All went by the script.[/]")


def _show(console: Console, title: str, table: Table, text: str) -> None:
    console.print()
    console.print(Text(title, style="bold"))
    console.print(table)
    console.print(Text(text, style="dim"))


# --- trades
def _trades(books: Books) -> Table:
    table = _table("", "entry", "exits", "way out", right=("fees", "profit", "R", "naked ms"))
    for trade in books.trades:
        table.add_row(*_trade_cells(trade))
    table.add_section()
    table.add_row("", "", "", "total", _number(books.fees(), _MILLS), _signed(books.profit(), _MILLS), style="bold")
    return table


def _about_trades(books: Books) -> str:
    left = sum((_decimal(trade["left_in_base"]) for trade in books.trades), ZERO)
    return (
        "Fees and profit in quote, fees taken off; R is profit over the risk at entry; naked: held without a working"
        f" stop. What is too little to sell ({plain(left)} of the base) stays in the account, at cost."
        f"{_interest(books)}"
    )


def _interest(books: Books) -> str:
    """What loans cost, which profit has taken off; nothing where nothing was borrowed."""
    paid: dict[str, Decimal] = {}
    for trade in books.trades:
        for asset, interest in (trade["interest"] if isinstance(trade["interest"], dict) else {}).items():
            paid[asset] = paid.get(asset, ZERO) + _decimal(interest)
    shown = ", ".join(f"{plain(interest)} {asset}" for asset, interest in paid.items())
    return f" Interest paid: {shown}." if shown else ""


def _trade_cells(trade: Entry) -> Iterator[Cell]:
    yield str(trade["direction"])
    yield _number(_decimal(trade["average_entry"]), _CENTS)
    yield "\n".join(_exits(trade))
    yield str(trade["exit_reason"])
    yield _number(_decimal(trade["commission_quote"]), _MILLS)
    yield _signed(_decimal(trade["realized_profit"]), _MILLS)
    yield _signed(_decimal(trade["r_multiple"]), _CENTS)
    yield str(trade["naked_ms"])


def _exits(trade: Entry) -> Iterator[str]:
    """Where the position left, and at which average price: one line for each target, one for all stops."""
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for fill in trade["fills"] if isinstance(trade["fills"], list) else []:
        if fill["role"] != "E":
            name = _EXITS.get(fill["role"], f"tp{fill['leg']}")
            quantity, value = sums.get(name, (ZERO, ZERO))
            sums[name] = (quantity + _decimal(fill["quantity"]), value + _decimal(fill["quote_quantity"]))
    for name, (quantity, value) in sums.items():
        yield f"{name:<6} {_number(value / quantity, _CENTS)}"


# --- verdicts
def _verdicts(books: Books) -> Table:
    table = _table("time", "signal", "verdict", "measured", "threshold", "outcome")
    for column in table.columns[3:5]:
        column.max_width, column.no_wrap, column.overflow = LONGEST_MEASURE, True, "ellipsis"
    for entry in books.signals:
        if "verdict" in entry:
            table.add_row(*_verdict_cells(entry, books))
    return table


def _verdict_cells(entry: Entry, books: Books) -> Iterator[Cell]:
    signal, verdict = entry["signal"], str(entry["verdict"])
    yield str(entry["time"])[11:16]
    yield f"{signal['kind']} {signal['price']}" if isinstance(signal, dict) else ""
    yield Text(verdict, style="green" if verdict == "accepted" else "yellow")
    yield str(entry["measured"] or "")
    yield str(entry["threshold"] or "")
    yield books.outcome(entry["key"]).partition(":")[0] if verdict == "accepted" else ""


# --- states and files
def _states(books: Books) -> Table:
    table = _table("state", right=("entered", "seconds"))
    stays = books.seconds_in()
    for state in State:
        if state.value in stays:
            stay = stays[state.value]
            table.add_row(Text(state.value, style=f"state.{state}"), str(stay.times), _number(stay.seconds, _MILLS))
    return table


def _files(places: Places) -> Table:
    table = _table("", "")
    table.show_header = False
    for what, path in (
        ("trade reports", places.trades),
        ("verdicts", places.verdicts),
        ("journal", places.journal),
        ("state", places.state),
        ("log", places.logs),
        ("signals, bars", places.data_dir),
    ):
        table.add_row(what, Text(str(path), overflow="fold"))
    return table


def _table(*left: str, right: tuple[str, ...] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False)
    for name in left:
        table.add_column(name, overflow="fold")
    for name in right:
        table.add_column(name, justify="right", overflow="fold")
    return table


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))


def _number(value: Decimal, step: Decimal) -> str:
    return f"{value.quantize(step):f}"


def _signed(value: Decimal, step: Decimal) -> Text:
    return Text(f"{value.quantize(step):+f}", style="green" if value > 0 else "red")
