"""Keys, secrets and signatures never leave in a text of ours."""

import re

_SIGNED = re.compile(r"(?i)(signature|apiKey|X-MBX-APIKEY)(['\"]?\s*[=:]\s*['\"]?)[^&\s'\",}]+")
_LONGEST = 300


class SignatureRedactor:
    """Removes given secrets, and anything that looks like a signature or a key, from texts of foreign origin."""

    def __init__(self, *secrets: str) -> None:
        self._secrets = tuple(secret for secret in secrets if secret)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        text = _SIGNED.sub(r"\1\2***", text)
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
