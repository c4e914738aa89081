"""Signatures of the venue's three key types (Binance docs: request security)."""


def signature(payload: str, secret: str) -> str:
    """HMAC-SHA256 hex for a plain secret; base64 of RSA or Ed25519 for a PEM private key."""
    import ccxt  # type: ignore[import-untyped]  # noqa: PLC0415 - it takes long to load: only who signs waits

    if "PRIVATE KEY" not in secret:
        return str(ccxt.Exchange.hmac(payload.encode(), secret.encode()))
    if len(secret) > 120:
        return str(ccxt.Exchange.rsa(payload, secret))
    return str(ccxt.Exchange.eddsa(payload.encode(), secret))


def check_secret(secret: str) -> None:
    """Refuse a private key that cannot sign before anything depends on it."""
    try:
        signature("", secret)
    except (ValueError, TypeError):
        raise ValueError("BINANCE_API_SECRET looks like a private key but cannot be read as PEM") from None
