"""Which way a position goes; parsed once and used everywhere."""

from enum import StrEnum


class Direction(StrEnum):
    LONG = "LONG"
    SHORT = "SHORT"
