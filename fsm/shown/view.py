"""The situation as a person reads it in a terminal: strip of states, position, prices, orders, guards, last events."""

from decimal import Decimal

from rich import box
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from exchange.instrument import plain
from fsm.shown.arrows import phase_of
from fsm.shown.event_lines import event_line
from fsm.shown.situation import Hindrance, Holding, Level, Situation
from fsm.states import State

_CENT = Decimal("0.01")


def situation_shown(situation: Situation) -> Group:
    """Everything, from the most to the least important."""
    parts: list[RenderableType] = [_head(situation), strip(situation.state), _promise(situation)]
    if situation.position is not None:
        parts += [_position(situation.position), _ladder(situation.position), _orders(situation.position)]
    return Group(*(Padding(part, (0, 1, 1, 1)) for part in (*parts, *_rest(situation))))


def situation_compact(situation: Situation) -> Group:
    """The same for a view that is drawn again and again: no blank lines, prices beside orders where both fit."""
    parts: list[RenderableType] = [_head(situation), strip(situation.state), _promise(situation)]
    if situation.position is not None:
        beside = (_ladder(situation.position), _orders(situation.position))
        parts += [_position(situation.position), Columns(beside, padding=(0, 4))]
    return Group(
        *parts, *_loan(situation), _hindrances(situation.hindrances), _last_closed(situation), _events(situation)
    )


def _rest(situation: Situation) -> list[RenderableType]:
    """What is shown in every state."""
    guards = _hindrances(situation.hindrances)
    return [*_loan(situation), guards, _last_closed(situation), _events(situation)]


def strip(current: State) -> Text:
    """The eight states in a row, the present one marked."""
    text = Text(overflow="fold")
    for state in State:
        if text:
            text.append(" · ", style="bright_black")
        style = f"bold white on {phase_of(state).line}" if state is current else "bright_black"
        text.append(f" {state} " if state is current else state.value, style=style)
    return text


def _head(situation: Situation) -> Text:
    if situation.running:
        text = Text(f"● running, process {situation.pid}", style="bold green")
    else:
        text = Text("○ not running; this is what was saved last", style="bold yellow")
    text.append(f"   {_clock(situation.time)}", style="not bold bright_black")
    if situation.price is not None:
        style = "not bold yellow" if situation.price.age_s > 10 else "not bold default"
        text.append(f"   last price {plain(situation.price.last)}, {duration(situation.price.age_s)} ago", style=style)
    return text


def _promise(situation: Situation) -> Text:
    entered = f" · entered {_clock(situation.entered)}" if situation.entered else ""
    text = Text(f"{situation.promise}{entered}", style="italic")
    return text.append(f"\nleaves by {', '.join(situation.ways_out)}", style="not italic bright_black")


def _position(holding: Holding) -> Text:
    text = Text.assemble((f"{holding.direction} {holding.symbol}", "bold"), f"  {plain(holding.held)} held")
    if holding.average_entry is None:
        text.append(f" of {plain(holding.planned_quantity)} planned at {plain(holding.planned_entry)}")
    else:
        text.append(f" of {plain(holding.filled_quantity)} entered at {_short(holding.average_entry)} on average")
    text.append(f"  ·  R {plain(holding.r)}  ·  {holding.trade_id}\n")
    if holding.open_profit is not None:
        style = "green" if holding.open_profit >= 0 else "red"
        text.append(f"{_signed(holding.open_profit)} = {_signed(holding.open_profit_r)} R", style=f"bold {style}")
        text.append(f" if the rest left at the {holding.measured_from} {_short(holding.reference_price)}\n")
    text.append_text(_cover(holding))
    if holding.close_reason is not None:
        text.append(f"\nclosing: {holding.close_reason}", style="bold")
    return text


def _cover(holding: Holding) -> Text:
    if holding.uncovered > 0:
        return Text(f"{plain(holding.uncovered)} without a working stop", style="bold white on red")
    if holding.held > 0:
        return Text(f"{plain(holding.covered)} covered by working stops", style="green")
    return Text("nothing held yet", style="bright_black")


def _ladder(holding: Holding) -> Table:
    """Stop, targets, entry and price from the highest to the lowest."""
    marks: list[tuple[Decimal, str, Level | None]] = [
        (level.price, level.name, level) for level in (holding.stop, *holding.targets)
    ]
    if holding.average_entry is not None:
        marks.append((Decimal(_short(holding.average_entry)), "entry", None))
    if holding.reference_price is not None and holding.measured_from == "last price":
        marks.append((holding.reference_price, "price", None))
    table = _table("level", "price", "still to go", "in R")
    decimals = max(_decimals(price) for price, _, _ in marks)
    for price, name, level in sorted(marks, key=lambda mark: -mark[0]):
        style = {"price": "bold", "stop": "red", "entry": "bright_black"}.get(name, "green")
        table.add_row(name, f"{price:.{decimals}f}", *_distance(level, decimals), style=style)
    return table


def _distance(level: Level | None, decimals: int) -> tuple[str, str]:
    if level is None:
        return "", ""
    if level.distance is None:
        return "reached" if level.reached else "its leg is closed", ""
    in_r = f"{level.distance_r:.2f}" if level.distance_r is not None else ""
    return f"{level.distance:.{decimals}f}", in_r


def _orders(holding: Holding) -> RenderableType:
    live = [order for order in holding.orders if order.live]
    ended = len(holding.orders) - len(live)
    table = _table("order", "what", "quantity", "executed", "limit", "stop price", "status")
    table.caption = f"{ended} ended" if ended else None
    for order in live:
        doubtful = order.status in ("intended", "in_doubt")
        table.add_row(
            order.client_id,
            f"{order.side.lower()} {order.role}" + (f", leg {order.leg}" if order.leg else ""),
            plain(order.quantity),
            plain(order.executed),
            plain(order.price) if order.price is not None else "market",
            plain(order.stop_price) if order.stop_price is not None else "",
            order.status,
            style="yellow" if doubtful else None,
        )
    return table if live else Text(f"no order of ours works ({ended} ended)", style="bright_black")


def _loan(situation: Situation) -> list[Text]:
    loan = situation.loan
    if loan is None:
        return []
    doubt = ("  a loan request is in doubt", "bold yellow") if loan.in_doubt else ""
    return [Text.assemble(f"borrowed {plain(loan.borrowed)} {loan.asset}, repaid {plain(loan.repaid)}", doubt)]


def _hindrances(hindrances: tuple[Hindrance, ...]) -> Text:
    if not hindrances:
        return Text("a new signal would be judged now: no guard that the files know of is in its way", style="green")
    lines = [Text("a new signal would be refused:", style="bold")]
    for hindrance in hindrances:
        left = f", lifts in {duration(hindrance.seconds_left)}" if hindrance.seconds_left is not None else ""
        lines.append(Text.assemble("  ", (hindrance.guard, "yellow"), f"  {hindrance.detail}{left}"))
    return Text("\n").join(lines)


def _last_closed(situation: Situation) -> Text:
    last = situation.last_closed
    if last is None:
        return Text("no trade was closed yet", style="bright_black")
    profit = _signed(last.profit_quote)
    return Text(f"last closed: {last.trade_id} at {_clock(last.closed_time)}, {last.reason}, {profit}")


def _events(situation: Situation) -> RenderableType:
    return Group(Text("last events", style="bold"), *map(event_line, situation.events))


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, caption_justify="left")
    for column in columns:
        right = column in ("price", "still to go", "in R", "quantity", "executed", "limit", "stop price")
        table.add_column(column, justify="right" if right else "left", overflow="fold")
    return table


def duration(seconds: int) -> str:
    """Whole seconds as a person says them."""
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7_200:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3_600} h {seconds % 3_600 // 60} min"


def _clock(time: str) -> str:
    return time.replace("T", " ")[:19]


def _signed(value: Decimal | None) -> str:
    return "?" if value is None else f"{value.quantize(_CENT):+f}"


def _short(price: Decimal | None) -> str:
    """An average, shown with two decimals at most where prices are high."""
    if price is None:
        return "?"
    return plain(price.quantize(_CENT) if price > 1_000 else price)


def _decimals(price: Decimal) -> int:
    return len(plain(price).partition(".")[2])
