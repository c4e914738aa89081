"""Which connection a path opens (Binance docs: WebSocket API and WebSocket streams, general information)."""

from typing import TYPE_CHECKING

from .market_session import MarketSession
from .sockets import Carrier, Session
from .ws_api import API_PATH, ApiSession

if TYPE_CHECKING:
    from .exchange import PaperExchange

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
