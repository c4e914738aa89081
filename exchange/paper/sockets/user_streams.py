"""Subscriptions to the events of accounts over WebSocket API connections (Binance docs: user data stream requests)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.paper.engine.events import AccountEvent
from exchange.paper.errors import WireError
from exchange.paper.sockets.connections import Session
from exchange.paper.sockets.user_events import Json, stream_terminated, user_event

if TYPE_CHECKING:
    from exchange.paper.exchange import PaperExchange


class SubscriptionActive(WireError):
    code = -2035
    text = "User Data Stream subscription already active."


class SubscriptionNotActive(WireError):
    code = -2036
    text = "User Data Stream subscription not active."


@dataclass(frozen=True, slots=True)
class Subscription:
    """One account followed by one connection; ids count from zero on each connection."""

    session: Session
    subscription_id: int
    account: str


class UserStreams:
    """Who follows which account; what happens while nobody does is told to nobody."""

    def __init__(self, exchange: "PaperExchange") -> None:
        self._exchange = exchange
        self._subscriptions: list[Subscription] = []
        self._given: dict[int, int] = {}
        self._expiries: dict[Subscription, int] = {}

    def of(self, session: Session) -> list[Subscription]:
        """A connection's subscriptions."""
        return [subscription for subscription in self._subscriptions if subscription.session is session]

    def subscribe(self, session: Session, account: str) -> Subscription:
        """Follow an account; once per connection."""
        mine = self.of(session)
        if any(subscription.account == account for subscription in mine):
            raise SubscriptionActive
        if not self._subscriptions:
            self._exchange.bus.accounts.append(self._tell)
        number = self._given.get(id(session), 0)
        self._given[id(session)] = number + 1
        subscription = Subscription(session, number, account)
        self._subscriptions.append(subscription)
        return subscription

    def subscribe_until(self, session: Session, account: str, expires_ms: int) -> Subscription:
        """Follow an account until a time, or go on following it for longer."""
        found = next((one for one in self.of(session) if one.account == account), None)
        subscription = found or self.subscribe(session, account)
        self._expiries[subscription] = max(expires_ms, self._expiries.get(subscription, 0))
        self._exchange.sockets.agenda.add(expires_ms, lambda: self._expire(subscription, expires_ms))
        return subscription

    def _expire(self, subscription: Subscription, expires_ms: int) -> None:
        """End a subscription unless it has ended or been extended."""
        if subscription in self._subscriptions and self._expiries.get(subscription) == expires_ms:
            self.terminate(subscription)

    def unsubscribe(self, session: Session, subscription_id: int | None) -> None:
        """End one subscription of a connection, or without an id all of them; each ends with an event."""
        ending = [one for one in self.of(session) if subscription_id in (None, one.subscription_id)]
        if not ending:
            raise SubscriptionNotActive
        for subscription in ending:
            self.terminate(subscription)

    def terminate_all(self, session: Session) -> None:
        """End all subscriptions of a connection; it may subscribe again."""
        for subscription in self.of(session):
            self.terminate(subscription)

    def terminate(self, subscription: Subscription) -> None:
        """End a subscription whether its connection wants it or not."""
        self._send(subscription, stream_terminated(self._exchange.venue.now_ms))
        self._remove([subscription])

    def forget(self, session: Session) -> None:
        """A connection is gone."""
        self._remove(self.of(session))
        self._given.pop(id(session), None)

    def _remove(self, ending: list[Subscription]) -> None:
        was_followed = bool(self._subscriptions)
        self._subscriptions = [one for one in self._subscriptions if one not in ending]
        self._expiries = {one: until for one, until in self._expiries.items() if one not in ending}
        if was_followed and not self._subscriptions:
            self._exchange.bus.accounts.remove(self._tell)

    def _tell(self, account: str, fact: AccountEvent) -> None:
        following = [one for one in self._subscriptions if one.account == account]
        if not following:
            return
        event = user_event(fact)
        for subscription in following:
            self._send(subscription, event)

    def _send(self, subscription: Subscription, event: Json) -> None:
        frame = {"subscriptionId": subscription.subscription_id, "event": event}
        self._exchange.sockets.deliver(subscription.session, event["e"], frame)
