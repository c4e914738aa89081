"""Well-formed JSON with wrong contents: one value of a document replaced, removed, or doubled."""

import copy
from typing import Any

from hypothesis import strategies as st

WRONG_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 10**40, 1.5, -0.0, "", "0", "-1", "NaN", "Infinity", "1e400", "9" * 400, [], {}, [{}]]),
    st.integers(),
    st.text(max_size=12),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
)
Place = tuple[Any, ...]


def places(document: Any, here: Place = ()) -> list[Place]:
    """Where a value stands in the document, the whole of it included."""
    parts = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [here, *(place for name, value in parts for place in places(value, (*here, name)))]


def changed(document: Any, place: Place, value: Any, *, remove: bool) -> Any:
    """A copy of the document with another value there, or none."""
    if not place:
        return value
    found = copy.deepcopy(document)
    holder = found
    for name in place[:-1]:
        holder = holder[name]
    if remove:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return found


@st.composite
def mutated(draw: st.DrawFn, document: Any) -> Any:
    """The document with one to three changes."""
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(document)))
        document = changed(document, place, draw(WRONG_VALUES), remove=draw(st.booleans()))
    return document
