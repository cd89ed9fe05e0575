"""Answers that break their contract: fields missing, null, of another type, moved."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

Body = Any
"""Anything that JSON can hold."""
OTHER = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from(("", "0", "x", "NaN", "2024-03-04T00:00:00Z", "\u0663", "a\0b")),
    st.sampled_from((1e300, -1.5, 10**30, float("nan"), float("inf"))),
    st.sampled_from(([], {}, [[]], {"a": 1}, [None])),
)
WAYS = ("missing", "other", "other", "nested", "reordered", "twice", "misspelt")


def _holders(body: Body) -> Iterator[list | dict]:
    if isinstance(body, list | dict) and body:
        yield body
        for inner in body.values() if isinstance(body, dict) else body:
            yield from _holders(inner)


@st.composite
def mutants(draw: st.DrawFn, body: Body) -> Body:
    """Draw what becomes of a body by one to three changes anywhere in it."""
    root = [deepcopy(body)]
    for _ in range(draw(st.integers(1, 3))):
        holder = draw(st.sampled_from(list(_holders(root))))
        is_list = isinstance(holder, list)
        place = draw(st.sampled_from(range(len(holder)) if is_list else [*holder]))
        way = draw(st.sampled_from(WAYS))
        if holder is root:
            way = "other" if way == "other" else "nested"
        _change(draw, holder, place, way)
    return root[0]


def _change(draw: st.DrawFn, holder: list | dict, place: Any, way: str) -> None:  # noqa: ANN401 - an index or a name
    is_list = isinstance(holder, list)
    if way == "missing":
        del holder[place]
    elif way == "other":
        holder[place] = draw(OTHER)
    elif way == "nested":
        inner = holder[place]
        holder[place] = draw(st.sampled_from(([inner], {"inner": inner}, [[inner]])))
    elif way == "reordered":
        shuffled = draw(st.permutations(list(holder if is_list else holder.items())))
        holder.clear()
        holder.extend(shuffled) if is_list else holder.update(shuffled)
    elif way == "twice":
        if is_list:
            holder.insert(place, deepcopy(holder[place]))
        else:
            holder[f"{place} "] = holder[place]
    elif not is_list:
        holder[place.swapcase()] = holder.pop(place)
