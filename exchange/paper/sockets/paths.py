"""Which connection a path opens (Binance docs: WebSocket API and WebSocket streams, general information)."""

from typing import TYPE_CHECKING

from exchange.paper.sockets.api_session import API_PATH, ApiSession
from exchange.paper.sockets.connections import Carrier, Session
from exchange.paper.sockets.market_session import MarketSession

if TYPE_CHECKING:
    from exchange.paper.exchange import PaperExchange

STREAM_ROOTS = ("/ws", "/stream")


def is_socket_path(path: str) -> bool:
    """Whether a path has a WebSocket."""
    return path == API_PATH or any(path == root or path.startswith(f"{root}/") for root in STREAM_ROOTS)


def open_session(exchange: "PaperExchange", path: str, query: str, carrier: Carrier) -> Session:
    """Join a new connection to the exchange."""
    exchange.catch_up()
    session: Session
    if path == API_PATH:
        session = ApiSession(exchange, query, carrier)
    else:
        session = MarketSession(exchange, path, query, carrier)
    exchange.sockets.join(session)
    return session
