"""Takes the secrets of the settings, in all forms they may appear in, out of texts before they leave the program.

What the venue answers is cleaned where it arrives, by pattern (`exchange.signature_redaction`): a signature is in no
setting.
"""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

PLACEHOLDER = "[secret]"


class SecretRedaction:
    """Replaces each secret, also as it looks inside JSON, a URL or Python's repr, by a placeholder."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str) -> str:
        return text if self._pattern is None else self._pattern.sub(PLACEHOLDER, text)


def _forms(secret: str) -> tuple[str, ...]:
    raw = secret.encode("utf-8", "surrogateescape")  # as the environment gave it
    return secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], quote(raw, safe=""), quote_plus(raw)
