from collections.abc import Iterator

import pytest

from exchange.paper.server import running
from exchange.paper.settings import PaperSettings
from tests.clients.venue import Venue


@pytest.fixture
def venue() -> Iterator[Venue]:
    """A simulated exchange on the wall clock: 10000 USDC, one bitcoin, bid 94999.99, ask and last 95000."""
    with running(PaperSettings()) as exchange:
        served = Venue(exchange.url)
        served.deposit("BTC", "1")
        yield served
