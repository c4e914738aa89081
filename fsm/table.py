"""The transition table: the program, one row a line.

A row says: in `source`, when `trigger` fires and all `conditions` hold, run the `effects` on the record, save it, and make
the venue look like `dest` promises. A row whose `dest` is its `source` stays: the state is entered again, so its promise is
kept again with what the record says now. Rows marked `messy` exist only because the world is: they are legal wherever the
thing can happen. Sources are listed one by one; a pair of source and trigger that has no row is illegal and never fired.

Conditions are questions asked of the lifecycle; each leaves its answer in the journal. The conditions of the first row are
the guards, in their order. Effects change the record only, never the venue: that is what entering a state is for.
"""

from dataclasses import dataclass

from fsm.states import State
from guards.chain import GUARD_NAMES

IDLE, PENDING, OPEN, OPEN_FILLED, TRAILING, CLOSING, CLOSED, COOLDOWN = State


@dataclass(frozen=True, slots=True)
class Row:
    trigger: str
    source: State
    dest: State
    conditions: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    remark: str = ""
    messy: bool = False


# fmt: off
TABLE: tuple[Row, ...] = (
    # A signal becomes an entry.
    Row("signal_accepted",      IDLE,        PENDING,     GUARD_NAMES, ("open_position",), "the only way in"),
    Row("entry_working",        PENDING,     OPEN,        remark="the venue has the entry in its book"),
    Row("entry_failed",         PENDING,     CLOSING,     effects=("note_close",), remark="refused, or proven never to have arrived"),

    # The entry fills, wholly, partly or not at all.
    Row("entry_filled",         PENDING,     OPEN_FILLED, effects=("set_legs",), remark="filled at once"),
    Row("entry_filled",         OPEN,        OPEN_FILLED, effects=("set_legs",)),
    Row("entry_grew",           OPEN,        OPEN,        effects=("cover_entry",), remark="the stop grows with what is filled"),
    Row("entry_timed_out",      OPEN,        OPEN,        effects=("withdraw_entry",), remark="cancel; then ask what really filled"),
    Row("remainder_to_market",  OPEN,        OPEN,        ("market_entry_allowed",), ("take_remainder",)),
    Row("entry_ended_partial",  PENDING,     OPEN_FILLED, effects=("set_legs",), remark="a market entry the book could not fill"),
    Row("entry_ended_partial",  OPEN,        OPEN_FILLED, effects=("set_legs",)),
    Row("entry_ended_empty",    OPEN,        CLOSING,     effects=("note_close",)),

    # The position lives.
    Row("leg_closed",           OPEN_FILLED, OPEN_FILLED, effects=("close_leg",), remark="TP1 moves the stops to breakeven"),
    Row("runner_left",          OPEN_FILLED, TRAILING,    ("trailing_enabled",), ("close_leg", "start_trailing")),
    Row("stop_moved",           TRAILING,    TRAILING,    ("stop_improves",), ("move_stop",)),
    Row("exit_at_market",       OPEN_FILLED, OPEN_FILLED, effects=("leave_leg",), remark="the market is past a level, or past a stop that did not fill"),
    Row("exit_at_market",       TRAILING,    TRAILING,    effects=("leave_leg",), remark="the market is past a stop that did not fill"),

    # The owner acts on his phone.
    Row("changed_by_owner",     OPEN,        OPEN,        effects=("follow_owner",), messy=True),
    Row("changed_by_owner",     OPEN_FILLED, OPEN_FILLED, effects=("follow_owner",), messy=True),
    Row("changed_by_owner",     TRAILING,    TRAILING,    effects=("follow_owner",), messy=True),
    Row("changed_by_owner",     CLOSING,     CLOSING,     effects=("follow_owner",), messy=True),

    # The ways to the close.
    Row("position_flat",        OPEN,        CLOSING,     effects=("note_close",), remark="the stop sold while the entry still filled", messy=True),
    Row("position_flat",        OPEN_FILLED, CLOSING,     effects=("note_close",)),
    Row("position_flat",        TRAILING,    CLOSING,     effects=("note_close",)),
    Row("protection_failed",    OPEN,        CLOSING,     ("flatten_allowed",), ("note_close",)),
    Row("protection_failed",    OPEN_FILLED, CLOSING,     ("flatten_allowed",), ("note_close",)),
    Row("protection_failed",    TRAILING,    CLOSING,     ("flatten_allowed",), ("note_close",)),
    Row("abort",                PENDING,     CLOSING,     effects=("note_close",), remark="the operator, an alarm, or a fill that breaks the plan"),
    Row("abort",                OPEN,        CLOSING,     effects=("note_close",)),
    Row("abort",                OPEN_FILLED, CLOSING,     effects=("note_close",)),
    Row("abort",                TRAILING,    CLOSING,     effects=("note_close",)),

    # The close, verified.
    Row("late_fill",            CLOSING,     CLOSING,     effects=("count_late_fills",), remark="a fill that arrived after its cancel", messy=True),
    Row("closed",               CLOSING,     CLOSED,      ("venue_shows_flat",), ("settle_trade",)),
    Row("reopened",             CLOSED,      CLOSING,     remark="the venue shows an order of this trade after all", messy=True),
    Row("cool_down",            CLOSED,      COOLDOWN,    ("something_filled",), ("start_cooldown", "forget_position")),
    Row("reset",                CLOSED,      IDLE,        ("nothing_filled",), ("forget_position",)),
    Row("cooldown_over",        COOLDOWN,    IDLE,        ("cooldown_elapsed",), ("end_cooldown",)),
)
# fmt: on

TRIGGERS: tuple[str, ...] = tuple(dict.fromkeys(row.trigger for row in TABLE))


def row_of(source: State, trigger: str) -> Row | None:
    """The row for a pair, or None where firing the trigger is illegal."""
    return next((row for row in TABLE if row.source is source and row.trigger == trigger), None)
