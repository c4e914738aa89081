"""The guards' small memories: remembered keys, and waits that a stepped clock cannot stretch."""

from hypothesis import given
from hypothesis import strategies as st

from guards.cooldown import latest_until, remaining_ms
from guards.duplicate import remember

TIMES = st.integers(min_value=0, max_value=4 * 10**12)
UNTILS = st.none() | TIMES
LENGTHS = st.integers(min_value=0, max_value=604_800)
KEYS = st.text(max_size=3)


@given(UNTILS, TIMES, LENGTHS)
def test_remaining_is_within_the_length(until_ms: int | None, now_ms: int, length_s: int) -> None:
    """R9: whatever the clock did, a wait is over or lasts at most its configured length."""
    assert 0 <= remaining_ms(until_ms, now_ms, length_s) <= length_s * 1000


@given(TIMES, LENGTHS, st.integers(min_value=0))
def test_remaining_of_a_sound_wait(start_ms: int, length_s: int, later_ms: int) -> None:
    """Without a step of the clock a wait ends exactly its length after it began."""
    until_ms = start_ms + length_s * 1000
    assert remaining_ms(until_ms, start_ms + later_ms, length_s) == max(length_s * 1000 - later_ms, 0)


@given(UNTILS, TIMES, LENGTHS)
def test_latest_until_ends_a_wait_in_time(until_ms: int | None, now_ms: int, length_s: int) -> None:
    """R9: once corrected, the kept end is reached after at most one length, with the same time remaining as before."""
    kept = latest_until(until_ms, now_ms, length_s)
    assert remaining_ms(kept, now_ms, length_s) == remaining_ms(until_ms, now_ms, length_s)
    assert remaining_ms(kept, now_ms + length_s * 1000, length_s) == 0
    assert latest_until(kept, now_ms, length_s) == kept


def test_no_wait_without_an_end() -> None:
    """Nothing kept means nothing to wait for."""
    assert remaining_ms(None, 0, 180) == 0
    assert latest_until(None, 0, 180) is None


@given(st.lists(KEYS), st.integers(min_value=1, max_value=5))
def test_memory_keeps_the_newest_in_order(keys: list[str], limit: int) -> None:
    """S9: the memory is bounded, in order of arrival, without repetition, and holds the newest key."""
    memory: tuple[str, ...] = ()
    for key in keys:
        before, memory = memory, remember(memory, key, limit)
        assert key in memory
        assert len(memory) == len(set(memory)) <= limit
        assert memory in (before, (*before, key)[-limit:])


def test_oldest_key_is_dropped_first() -> None:
    """S9: the memory forgets in the order in which it learnt; a repeated key keeps its place."""
    assert remember(("a", "b", "c"), "d", 3) == ("b", "c", "d")
    assert remember(("a", "b", "c"), "a", 3) == ("a", "b", "c")
    assert remember(("a", "b", "c"), "b", 2) == ("b", "c")
