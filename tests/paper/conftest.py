import pytest

from tests.paper.margin_door import CROSS, ISOLATED, MarginDoor
from tests.paper.paper_door import Door


@pytest.fixture
def door() -> Door:
    """A simulated exchange at its start: 10000 USDC, bid 94999.99, ask and last 95000."""
    return Door()


@pytest.fixture(params=[CROSS, ISOLATED])
def margin(request: pytest.FixtureRequest) -> MarginDoor:
    """Each kind of margin account with 1000 USDC of its own, without commission and interest."""
    door = MarginDoor(request.param)
    door.bring("USDC", "1000")
    return door
