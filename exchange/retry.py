"""How often each verb is asked, and how long that may take. Placement is asked once, always.

    verb                tries   one answer within   last try begins within
    read                3       5 s                 5 s
    settle a doubt      2       1.5 s               2 s
    cancel              2       2.5 s               3 s
    place, replace      1       5 s                 -

REQUEST_TIMEOUT_SEC sets the 5 s and shortens the others, never lengthens them: a settling query keeps the loop for
about 3 s at most, a cancel for 5 s.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tenacity import RetryCallState, Retrying, retry_if_exception, retry_if_result, wait_exponential
from tenacity.retry import retry_base

from exchange.clock import Clock
from exchange.errors import RateLimited, Unavailable
from exchange.types import Denied, InDoubt

Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Policy:
    """Tries in all, the longest wait for one answer, and when the last try may begin after the first."""

    tries: int
    timeout_s: float
    budget_ms: int


@dataclass(frozen=True, slots=True)
class Policies:
    """The table above, for a given REQUEST_TIMEOUT_SEC."""

    read: Policy
    settle: Policy
    cancel: Policy
    place: Policy

    @classmethod
    def within(cls, timeout_s: float) -> "Policies":
        return cls(
            read=Policy(tries=3, timeout_s=timeout_s, budget_ms=5_000),
            settle=Policy(tries=2, timeout_s=min(timeout_s, 1.5), budget_ms=2_000),
            cancel=Policy(tries=2, timeout_s=min(timeout_s, 2.5), budget_ms=3_000),
            place=Policy(tries=1, timeout_s=timeout_s, budget_ms=0),
        )


def reading(policy: Policy, clock: Clock, sleep: Sleep) -> Retrying:
    """Ask again while the venue gives no usable answer; a named waiting time is the caller's to keep."""
    return _retrying(policy, clock, sleep, retry_if_exception(_may_answer_later))


def canceling(policy: Policy, clock: Clock, sleep: Sleep) -> Retrying:
    """A cancel may be sent again: the second finds the order gone, or cancels it."""
    return _retrying(policy, clock, sleep, retry_if_result(_unsettled))


def _retrying(policy: Policy, clock: Clock, sleep: Sleep, again: retry_base) -> Retrying:
    started_ms = clock.now_ms()

    def spent(state: RetryCallState) -> bool:
        return state.attempt_number >= policy.tries or clock.now_ms() - started_ms > policy.budget_ms

    return Retrying(
        retry=again,
        stop=spent,
        wait=wait_exponential(multiplier=0.05, max=0.5),
        sleep=sleep,
        reraise=True,
        retry_error_callback=_last if isinstance(again, retry_if_result) else None,
    )


def _may_answer_later(fault: BaseException) -> bool:
    return isinstance(fault, Unavailable) and not isinstance(fault, RateLimited)


def _unsettled(outcome: object) -> bool:
    return isinstance(outcome, InDoubt) or (isinstance(outcome, Denied) and outcome.retry_after_ms == 0)


def _last(state: RetryCallState) -> object:
    return state.outcome.result() if state.outcome else None
