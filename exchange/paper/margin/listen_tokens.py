"""Tokens with which a WebSocket connection may follow a margin account (Binance docs: margin user data stream)."""

from dataclasses import dataclass, field

from exchange.paper.errors import WireError

LONGEST_VALIDITY_MS = 24 * 3_600_000


class ListenTokenInvalid(WireError):
    code = -1209
    text = "Invalid listenToken."


@dataclass(frozen=True, slots=True)
class ListenToken:
    """Good for one account until it expires."""

    account: str
    expires_ms: int


@dataclass(slots=True)
class ListenTokens:
    """All tokens that were given out."""

    given: dict[str, ListenToken] = field(default_factory=dict)

    def give(self, text: str, account: str, expires_ms: int) -> ListenToken:
        """Let a text stand for an account."""
        self.given[text] = ListenToken(account, expires_ms)
        return self.given[text]

    def find(self, text: str, now_ms: int) -> ListenToken:
        """The token that a text stands for; unknown and expired ones are refused."""
        found = self.given.get(text)
        if found is None or found.expires_ms <= now_ms:
            raise ListenTokenInvalid
        return found
