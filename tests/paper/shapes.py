"""Documented replies as tables: which fields there are, and of which kind each is."""

import re
from typing import Any

Shape = dict[str, Any]


class Number:
    """Text that is a number of this form: with decimals, never with an exponent."""

    def __init__(self, form: str) -> None:
        self.form = re.compile(form)

    def __repr__(self) -> str:
        return self.form.pattern

    def has(self, found: object) -> bool:
        """Whether it is such a text."""
        return isinstance(found, str) and self.form.fullmatch(found) is not None


NUMBER = Number(r"-?[0-9]+(\.[0-9]+)?")
# how the spot interface prints every price, quantity and rate
EIGHT = Number(r"-?[0-9]+\.[0-9]{8}")


class ByField:
    """An object whose shape depends on what one of its fields says."""

    def __init__(self, field: str, shapes: dict[str, Shape]) -> None:
        self.field, self.shapes = field, shapes


def differences(found: Any, shape: Any, where: str = "reply") -> list[str]:
    """What does not agree with the shape, in words; a list of one shape is an array of any length, a tuple is exact."""
    if isinstance(shape, Number):
        return [] if shape.has(found) else [f"{where}: {found!r} is no number in text"]
    if isinstance(shape, type):
        good = isinstance(found, shape) and (shape is bool or not isinstance(found, bool))
        return [] if good else [f"{where}: {found!r} is no {shape.__name__}"]
    if isinstance(shape, ByField):
        return differences(found, {shape.field: str} | shape.shapes.get(found[shape.field], {}), where)
    if isinstance(shape, list | tuple):
        return _rows(found, shape, where)
    if not isinstance(found, dict) or set(found) != set(shape):
        return [f"{where}: {sorted(set(found) ^ set(shape))} are on one side only"]
    return [text for name in shape for text in differences(found[name], shape[name], f"{where}.{name}")]


def _rows(found: Any, shape: list[Any] | tuple[Any, ...], where: str) -> list[str]:
    if not isinstance(found, list):
        return [f"{where}: {found!r} is no array"]
    shapes = shape if isinstance(shape, tuple) else shape * len(found)
    if len(found) != len(shapes):
        return [f"{where}: {len(found)} elements instead of {len(shapes)}"]
    return [text for row, each in zip(found, shapes, strict=True) for text in differences(row, each, f"{where}[]")]
