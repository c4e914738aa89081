"""The key by which a signal is recognised again."""

import hashlib
from decimal import ROUND_HALF_UP, Decimal

from signals.peak import Peak
from signals.timestamp import minute_text

_RULE_VERSION = 1


def dedup_key(peak: Peak, decimals: int) -> str:
    """`PEAK|YYYY-MM-DDTHH:MM|kind|price`: minute of the UTC time, price rounded half up to `decimals` decimals."""
    price = peak.price.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return f"PEAK|{minute_text(peak.time_ms)}|{peak.direction.lower()}|{price:f}"


def dedup_fingerprint(decimals: int) -> str:
    """SHA-256 of the key rule's version and settings: keys of another fingerprint cannot be compared."""
    return hashlib.sha256(f"dedup key rule {_RULE_VERSION}; decimals {decimals}".encode()).hexdigest()
