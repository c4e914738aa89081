"""The record that a start goes on from: what the disk has, what the venue says to it, and why there may be none."""

from collections.abc import Callable
from dataclasses import dataclass

from loguru import logger

from exchange.client import BinanceClient
from exchange.ids import PREFIX
from exchange.withdrawal import refuse_withdrawal_key
from fsm.assembly import load_record
from fsm.environment import AllSettings
from fsm.record import Record
from fsm.starting.adopt import adopted
from fsm.starting.adopt_loans import with_loan
from fsm.starting.first_contact import FirstContact
from fsm.starting.forgotten import refuse_forgotten
from fsm.storage.disk import Disk
from fsm.telling.alarms import Alarms
from fsm.waker import Waker


class OrdersWithoutRecord(Exception):
    """There is no state file, but orders of ours work at the venue: a record was lost."""


@dataclass(frozen=True)
class Start:
    """What a start needs of the disk and of the venue."""

    settings: AllSettings
    client: BinanceClient
    disk: Disk
    now_ms: Callable[[], int]
    adopt: bool
    venue_is_new: bool
    """True where the exchange began with this run: nothing of ours can be at it."""

    def first_record(self, waker: Waker, told: Alarms) -> Record | None:
        """The record to go on from, once the venue answers; None if told to stop before.

        A damaged state is refused before the venue is asked anything.
        """
        saved = self._saved()
        self._say_what_follows()
        position = saved.position if saved is not None else None
        return FirstContact(waker, told, self.now_ms, position)(self._record)

    def _saved(self) -> Record | None:
        window_ms = self.settings.exchange.order_recv_window_ms
        return load_record(self.settings.places, self.disk, self.now_ms(), window_ms)

    def _record(self) -> Record:
        """On the venue's time and rules, with a key that may be used."""
        self.client.connect()
        refuse_withdrawal_key(self.settings.exchange, self.client)
        saved = self._saved()
        if saved is None:
            return self._unsaved()
        if self.venue_is_new:
            return _without_lost_position(saved)
        refuse_forgotten(saved, self.client, self.now_ms())
        return saved

    def _unsaved(self) -> Record:
        return self._adopted() if self.adopt else _unowned(self.client)

    def _adopted(self) -> Record:
        record, client = adopted(self.client, self.now_ms()), self.client
        if client.lender is None:
            return record
        automatic = self.settings.exchange.borrow_mode == "auto"
        return with_loan(record, client.lender, client.instrument, self.now_ms(), automatic=automatic)

    def _say_what_follows(self) -> None:
        """What this run is about to do, before it does anything."""
        venue, places = self.settings.exchange, self.settings.places
        logger.info(
            "{} {} on {} at {}; state in {}", venue.mode, venue.symbol, venue.trade_mode, venue.rest_url, places.state
        )


def _unowned(client: BinanceClient) -> Record:
    """A new record, if the venue shows no order of ours that it would not know."""
    ours = [order.client_id for order in client.open_orders() if order.client_id.startswith(PREFIX)]
    if ours:
        raise OrdersWithoutRecord(
            f"no state file, but orders of ours work at the venue: {', '.join(ours)}; "
            "restore the state file, rebuild the record with `python run.py run --adopt`, or cancel them"
        )
    return Record()


def _without_lost_position(record: Record) -> Record:
    """On paper the exchange ends with the program: a position of the last run is nowhere any more."""
    if record.position is None:
        return record
    logger.warning("the simulated exchange of the last run is gone, and with it {}", record.position.trade_id)
    return record.without_position()
