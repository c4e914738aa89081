from collections.abc import Iterator
from decimal import Decimal

import pytest

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.paper.server import running
from exchange.paper.settings import PaperSettings
from exchange.settings import ExchangeSettings
from tests.exchange.documented import START_MS
from tests.exchange.paper_venue import Paper, client_of
from tests.exchange.scripted_venue import ScriptedVenue


@pytest.fixture
def venue() -> Iterator[ScriptedVenue]:
    with ScriptedVenue().serving() as serving:
        yield serving


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START_MS)


@pytest.fixture
def naps() -> list[float]:
    """The pauses that the client asked for; none of them is slept."""
    return []


@pytest.fixture
def client(venue: ScriptedVenue, clock: VirtualClock, naps: list[float]) -> Iterator[BinanceClient]:
    settings = ExchangeSettings(base_url=venue.url, request_timeout_s=0.4)
    connected = BinanceClient(settings, clock, naps.append)
    yield connected
    connected.close()


@pytest.fixture
def paper(clock: VirtualClock) -> Iterator[Paper]:
    """A simulated exchange on the test's clock, with money and one bitcoin."""
    balances = {"USDC": Decimal(10000), "BTC": Decimal(1)}
    with running(PaperSettings(balances=balances, manual=True), clock) as exchange:
        yield Paper(exchange.url)


@pytest.fixture
def trader(paper: Paper, clock: VirtualClock) -> Iterator[BinanceClient]:
    """A connected client of the simulated exchange."""
    with client_of(paper.url, clock) as connected:
        connected.connect()
        yield connected
