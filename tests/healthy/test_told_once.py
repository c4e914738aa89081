"""What the journal has already is not written again."""

import pytest

from tests.healthy.healthy_trades import desk


@pytest.mark.parametrize("kind", ["long", "short"])
def test_a_gap_is_journaled_once_whatever_restarts_follow(kind: str) -> None:
    """Earlier gaps of the trade were written again after each restart."""
    with desk("spot", 0, QTY_USD="3000") as open_desk:
        open_desk.kind = kind
        open_desk.enter()
        open_desk.target(1)
        for _ in range(2):
            open_desk.stage.start()
            open_desk.live(3)
        gaps = [(line["event"], line["since"]) for line in open_desk.stage.journal() if "since" in line]
        assert gaps
        assert len(gaps) == len(set(gaps))
