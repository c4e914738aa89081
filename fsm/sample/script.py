"""The script: what happens in a sample session, scene by scene, for every seed.

Levels are multiples of R beyond the entry, so the script fits whatever prices the seed and the settings give.
Some verdicts are not in it: a signal during the cooldown is refused as `position_open` before `cooldown` is asked, a
SHORT is not refused as `spot_short` because this session sells holdings, and on spot nothing is borrowed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from fsm.operator import Command
from fsm.sample.session import Session, damaged_lines
from fsm.states import State


@dataclass(frozen=True, slots=True)
class Scene:
    title: str
    text: str
    play: Callable[[Session], None]


def at_the_door(session: Session) -> None:
    for line in damaged_lines():
        session.line(line, "malformed")
    session.next_minute()
    session.signal("long", "stale", age_s=660)
    session.signal("short", "future", age_s=-120)


def stop_loss(session: Session) -> None:
    session.enter("long")
    session.line(last_line(session), "duplicate")
    session.be(State.OPEN_FILLED)
    entry = session.position.plan.entry
    session.go("0.6", "2")
    session.signal("short", "position_open")
    session.go("-1.1", "3")
    session.left("stop_loss")
    session.signal("long", "position_open")
    session.go_to(entry, "2")
    cool_down(session)


def entry_timeout(session: Session) -> None:
    session.enter("long", away="15")
    session.be(State.OPEN)
    entry = session.position.plan.entry
    session.go("0.6", "1")
    session.calm("1")
    session.unfilled()
    session.go_to(entry, "2")


def breakeven(session: Session) -> None:
    session.enter("long", away="15")
    plan = session.position.plan
    session.narrator.act(f"a third of it trades at {plan.entry}")
    session.door.print_at(plan.entry, plan.legs[0])
    session.look()
    session.be(State.OPEN)
    session.go("-0.2", "1")
    session.be(State.OPEN_FILLED)
    session.go("1.1", "3")
    session.go("-0.05", "3")
    session.left("breakeven")
    cool_down(session)


def by_hand(session: Session) -> None:
    session.command(Command.PAUSE)
    session.next_minute()
    session.signal("long", "paused")
    session.command(Command.RESUME)
    session.enter("long", away="15")
    session.be(State.OPEN)
    session.command(Command.FLATTEN)
    session.unfilled()
    session.signal("short", "position_lock")


def runner(session: Session) -> None:
    session.enter("long")
    session.be(State.OPEN_FILLED)
    session.go("1.1", "3")
    session.kill()
    session.go("0.8", "1")
    session.go("2.2", "3")
    session.be(State.TRAILING)
    session.go("1.9", "3")
    session.go("2.7", "4")
    session.go("2.4", "3")
    session.go("3.2", "4")
    session.go("2.2", "3")
    session.left("trailing_stop")
    cool_down(session)


def unfit_market(session: Session) -> None:
    session.narrator.act("the book is a third of a percent wide")
    session.next_minute()
    last = session.market.last
    session.door.quote(last - 150, last + 150)
    session.signal("long", "spread")
    session.narrator.act("the market ran away after the bar's close")
    session.next_minute()
    distance = max((session.market.last - session.deltascout.lowest) / 2, session.market.last / 200)
    close = session.market.last
    session.go_to(close + distance, "0.25")
    session.deltascout.peak("long", close, session.now_ms)
    session.expect("price")
    session.go_to(close, "0.75")
    session.narrator.act("DeltaScout writes no bars for five minutes")
    session.deltascout.silent = True
    session.idle(5)
    session.signal("long", "no_bars")
    session.deltascout.silent = False
    session.next_minute()


def unfit_account(session: Session) -> None:
    free = session.quote_balance()
    session.narrator.act("the account is emptied but for 20 USDC")
    session.deposit("USDC", 20 - free)
    session.next_minute()
    session.signal("long", "insufficient_balance")
    session.narrator.act("and filled again")
    session.deposit("USDC", free - 20)


def unfit_rules(session: Session) -> None:
    for name, value, was, verdict in (
        ("min_notional", "5000", "5", "quantity_too_small"),
        ("max_qty", "0.0001", "9000", "bad_plan"),
        ("status", "BREAK", "TRADING", "venue"),
    ):
        session.change_rule(name, value)
        session.next_minute()
        session.signal("long", verdict)
        session.door.rule(name, was)
    session.wait(lambda: session.rig.client.instrument.trading, "the end of the break", 6)


def short(session: Session) -> None:
    session.narrator.act("0.1 BTC are deposited")
    session.deposit("BTC", Decimal("0.1"))
    session.enter("short", away="15")
    plan = session.position.plan
    session.door.print_at(plan.entry, plan.legs[0])
    session.look()
    session.be(State.OPEN)
    session.go("0.1", "0.25")
    session.calm("1.5", "10")
    session.be(State.OPEN_FILLED)
    session.go("1.1", "3")
    session.go("2.1", "3")
    session.be(State.TRAILING)
    session.calm("1")
    session.command(Command.FLATTEN)
    session.left("operator")
    cool_down(session)


def borrowed_long(session: Session) -> None:
    session.enter("long")
    session.be(State.OPEN_FILLED)
    session.owes(session.rig.client.instrument.quote)
    session.go("-1.1", "3")
    session.left("stop_loss")
    session.owes_nothing()
    cool_down(session)


def borrowed_runner(session: Session) -> None:
    runner(session)
    session.owes_nothing()


def borrowed_short(session: Session) -> None:
    session.enter("short", away="15")
    plan = session.position.plan
    session.door.print_at(plan.entry, plan.legs[0])
    session.look()
    session.be(State.OPEN)
    session.owes(session.rig.client.instrument.base)
    session.go("0.1", "0.25")
    session.calm("1.5", "10")
    session.be(State.OPEN_FILLED)
    session.go("1.1", "3")
    session.go("2.1", "3")
    session.be(State.TRAILING)
    session.command(Command.FLATTEN)
    session.left("operator")
    session.owes_nothing()
    cool_down(session)


def never_filled(session: Session) -> None:
    with session.costs_beside_the_trades():
        entry_timeout(session)
    session.owes_nothing()


def cool_down(session: Session) -> None:
    session.until(State.IDLE, session.rig.settings.guards.cooldown_s // 60 + 2)


def last_line(session: Session) -> str:
    return session.deltascout.log.read_text(encoding="utf-8").splitlines()[-1]


SCENES: tuple[Scene, ...] = (
    Scene(
        "At the door",
        "Signals from before the start are only remembered; then damaged lines, one signal too old, one too early.",
        at_the_door,
    ),
    Scene(
        "Stop loss",
        "Entered at once; the same line again is refused, and so is the next signal; the stop sells all.",
        stop_loss,
    ),
    Scene(
        "Entry timeout",
        "The market runs away from the entry: withdrawn after 90 seconds, nothing bought, no cooldown.",
        entry_timeout,
    ),
    Scene(
        "Breakeven",
        "Entered in two parts, each covered; TP1 moves the stops to breakeven, which sells the rest.",
        breakeven,
    ),
    Scene(
        "The operator",
        "Paused and resumed; an entry flattened before it fills; the lock holds the next one back.",
        by_hand,
    ),
    Scene("Runner", "TP1, a killed process, TP2, then the stop follows the swings until it sells the runner.", runner),
    Scene("Unfit market", "A wide book, a price that ran away, bars that do not come.", unfit_market),
    Scene("Unfit account", "Not enough to buy with.", unfit_account),
    Scene(
        "Unfit rules", "The venue changes its filters, then takes a break; read anew every five minutes.", unfit_rules
    ),
    Scene(
        "Short",
        "Sells holdings: a part rests, the remainder goes to market; TP1, TP2, flattened by the operator.",
        short,
    ),
)

MARGIN_SCENES: tuple[Scene, ...] = (
    SCENES[0],
    Scene(
        "Borrowed LONG", "Quote is borrowed for the entry; the stop sells all, and the loan is repaid.", borrowed_long
    ),
    Scene("Never filled", "Borrowed for an entry that the market runs away from: repaid.", never_filled),
    Scene("Borrowed runner", "TP1, a killed process, TP2, the trailed stop; then the loan is repaid.", borrowed_runner),
    Scene(
        "Borrowed SHORT",
        "Coins are borrowed and sold; bought back with what commission and interest take, and repaid to the last unit.",
        borrowed_short,
    ),
)
"""The same session on margin: a LONG and a SHORT, whose debts are at zero in the end."""
