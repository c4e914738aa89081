"""Alarms are told at once and repeated until their condition ends (V4)."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.telling.alarms import Alarms
from fsm.telling.notify import Notification, Severity

PERIOD = 300_000


class Told:
    """A notifier that keeps what it was sent."""

    def __init__(self) -> None:
        self.notifications: list[Notification] = []

    def send(self, notification: Notification) -> None:
        self.notifications.append(notification)

    @property
    def brief(self) -> list[tuple[int, str]]:
        return [(notification.time_ms, notification.severity.value) for notification in self.notifications]


def naked(time_ms: int, severity: Severity = Severity.ERROR, text: str = "no stop") -> Notification:
    return Notification("naked", severity, text, time_ms, "T1", details={"naked_ms": "2500"})


Steps = Callable[[Alarms], None]


def raise_at(*times_ms: int, severity: Severity = Severity.ERROR) -> Steps:
    def steps(alarms: Alarms) -> None:
        for time_ms in times_ms:
            alarms.raise_alarm("naked:T1", naked(time_ms, severity))

    return steps


def repeat_at(*times_ms: int) -> Steps:
    def steps(alarms: Alarms) -> None:
        for time_ms in times_ms:
            alarms.repeat(time_ms)

    return steps


def clear_at(time_ms: int) -> Steps:
    return lambda alarms: alarms.clear_alarm("naked:T1", time_ms)


WARN = Severity.WARN
CASES: list[tuple[str, list[Steps], list[tuple[int, str]]]] = [
    ("told at once", [raise_at(0)], [(0, "ERROR")]),
    ("not on every pass", [raise_at(0, 1, 1000, PERIOD - 1)], [(0, "ERROR")]),
    ("again after the period", [raise_at(0, PERIOD)], [(0, "ERROR"), (PERIOD, "ERROR")]),
    ("repeated by time alone", [raise_at(0), repeat_at(1, PERIOD, PERIOD + 1)], [(0, "ERROR"), (PERIOD, "ERROR")]),
    ("end told once", [raise_at(0), clear_at(5), clear_at(6)], [(0, "ERROR"), (5, "INFO")]),
    ("silent after the end", [raise_at(0), clear_at(5), repeat_at(PERIOD)], [(0, "ERROR"), (5, "INFO")]),
    ("no end without alarm", [clear_at(5)], []),
    ("again after the end", [raise_at(0), clear_at(5), raise_at(6)], [(0, "ERROR"), (5, "INFO"), (6, "ERROR")]),
    ("V4: WARN mutes no ERROR", [raise_at(0, severity=WARN), raise_at(1)], [(0, "WARN"), (1, "ERROR")]),
    (
        "flapping severity is throttled",
        [raise_at(0, severity=WARN), raise_at(1), raise_at(2, severity=WARN), raise_at(3)],
        [(0, "WARN"), (1, "ERROR")],
    ),
    (
        "only the present severity repeats",
        [raise_at(0, severity=WARN), raise_at(1), repeat_at(PERIOD, PERIOD + 1)],
        [(0, "WARN"), (1, "ERROR"), (PERIOD + 1, "ERROR")],
    ),
]


@pytest.mark.parametrize(("steps", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_told_when(steps: list[Steps], expected: list[tuple[int, str]]) -> None:
    """At once, then once a period per severity, then its end."""
    told = Told()
    alarms = Alarms(told, PERIOD)
    for step in steps:
        step(alarms)
    assert told.brief == expected


def test_keys_do_not_touch_each_other() -> None:
    """Two alarms are told, repeated and ended each for itself."""
    told = Told()
    alarms = Alarms(told, PERIOD)
    alarms.raise_alarm("a", naked(0))
    alarms.raise_alarm("b", naked(10))
    alarms.clear_alarm("a", 20)
    alarms.repeat(PERIOD + 10)
    assert told.brief == [(0, "ERROR"), (10, "ERROR"), (20, "INFO"), (PERIOD + 10, "ERROR")]
    assert list(alarms.standing) == ["b"]


def test_a_repeated_alarm_says_what_holds_now() -> None:
    """The newest text is repeated, with the time of the repetition."""
    told = Told()
    alarms = Alarms(told, PERIOD)
    alarms.raise_alarm("a", naked(0, text="naked for 2 s"))
    alarms.raise_alarm("a", naked(9_000, text="naked for 11 s"))
    alarms.repeat(PERIOD)
    assert told.notifications[-1] == naked(PERIOD, text="naked for 11 s")


def test_the_end_says_what_is_over() -> None:
    """The end of an alarm is news, no alarm, and names what has ended."""
    told = Told()
    alarms = Alarms(told, PERIOD)
    alarms.raise_alarm("a", naked(0))
    alarms.clear_alarm("a", 7)
    assert told.notifications[-1] == naked(7, Severity.INFO, "Over: no stop")


def test_the_loop_knows_when_to_wake() -> None:
    """The next time is the earliest repetition that is due; none without an alarm."""
    alarms = Alarms(Told(), PERIOD)
    assert alarms.next_ms() is None
    alarms.raise_alarm("a", naked(100))
    alarms.raise_alarm("b", naked(50))
    assert alarms.next_ms() == PERIOD + 50
    alarms.clear_alarm("b", 60)
    assert alarms.next_ms() == PERIOD + 100


def test_every_alarm_is_in_the_log(logged: list[str]) -> None:
    """The log has each alarm as well, with or without a webhook; odd details do no harm."""
    alarms = Alarms(Told(), PERIOD)
    alarms.raise_alarm(
        "a", Notification("naked", Severity.ERROR, "{no} stop", 0, details={"event": "x", "trade_id": "y"})
    )
    assert logged == ["{no} stop"]


@given(st.lists(st.tuples(st.integers(0, 5 * PERIOD), st.booleans(), st.sampled_from(Severity)), max_size=60))
def test_v4_never_more_than_once_a_period_per_severity(steps: list[tuple[int, bool, Severity]]) -> None:
    """V4: however a standing alarm is raised and repeated, each severity is told at most once a period."""
    told = Told()
    alarms = Alarms(told, PERIOD)
    for time_ms, raised, severity in sorted(steps, key=lambda step: step[0]):
        if raised:
            alarms.raise_alarm("a", naked(time_ms, severity))
        else:
            alarms.repeat(time_ms)
    for severity in Severity:
        times = [time_ms for time_ms, name in told.brief if name == severity.value]
        assert all(later - earlier >= PERIOD for earlier, later in pairwise(times))
