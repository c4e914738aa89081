"""The exchange's own clock."""

from exchange.paper.clock import WallClock


def test_work_that_takes_long_holds_the_clock_up() -> None:
    """A market that is too much work for the speed slows the clock: no round has more to do than the last."""
    clock = WallClock(speed=1_000)
    began_ms = clock.now_ms()
    with clock.holding_up():
        while clock.now_ms() < began_ms + 150_000:
            pass
    assert clock.now_ms() < began_ms + 100_000
