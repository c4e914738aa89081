from collections.abc import Iterator

import pytest
from documented import START_MS
from scripted_venue import ScriptedVenue

from exchange.client import BinanceClient
from exchange.clock import VirtualClock
from exchange.settings import ExchangeSettings


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
