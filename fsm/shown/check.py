"""What the doctor found: one line a thing that was looked at."""

from dataclasses import dataclass
from enum import StrEnum


class Finding(StrEnum):
    WELL = "well"
    WARNING = "warning"
    """Worth knowing; trading can go on."""
    ILL = "ill"
    """Trading cannot or should not begin."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `remedy` says what to do where not all is well."""

    subject: str
    finding: Finding
    detail: str
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        return {
            "subject": self.subject,
            "finding": self.finding.value,
            "detail": self.detail,
            "remedy": self.remedy,
        }


def well(subject: str, detail: str) -> Check:
    return Check(subject, Finding.WELL, detail)


def warning(subject: str, detail: str, remedy: str = "") -> Check:
    return Check(subject, Finding.WARNING, detail, remedy)


def ill(subject: str, detail: str, remedy: str = "") -> Check:
    return Check(subject, Finding.ILL, detail, remedy)
