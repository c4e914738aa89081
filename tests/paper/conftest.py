import pytest
from paper_door import Door


@pytest.fixture
def door() -> Door:
    """A simulated exchange at its start: 10000 USDC, bid 94999.99, ask and last 95000."""
    return Door()
