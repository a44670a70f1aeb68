"""Whether two answers are the same, and where they are not."""

from __future__ import annotations

import json
from typing import Any

from .plain import without_order
from .selections import Selection
from .subject import AskedField, Subject

__all__ = ["bound_of", "first_difference", "most_rows", "order_differs"]

_LENGTH = 200  # characters of an answer that are shown
_STATEMENTS_OF_CODE = 3


def order_differs(subject: Subject, selection: Selection, got: Any, want: Any) -> bool:
    """Tell whether collections that have an order are in another one.

    The rows are the same ones, those of the root in any order.
    """
    if not isinstance(got, list):
        return _differs_in(subject, selection, got, want)
    by_text: dict[str, list[Any]] = {}
    for one in want:
        by_text.setdefault(_text(without_order(one)), []).append(one)
    return any(
        all(
            _differs_in(subject, selection, one, other)
            for other in by_text.get(_text(without_order(one)), ())
        )
        for one in got
    )


def _differs_in(subject: Subject, selection: Selection, got: Any, want: Any) -> bool:
    if not isinstance(got, dict) or not isinstance(want, dict):
        return False
    for asked in selection.fields:
        if asked.below is None or asked.key not in got:
            continue
        field = field_of(subject, selection.type, asked.name)
        mine, others = got[asked.key], want.get(asked.key)
        if mine is None or others is None:
            continue
        if field is not None and field.is_list:
            if field.is_ordered and _in_order(mine) != _in_order(others):
                return True
            if order_differs(subject, asked.below, mine, others):
                return True
        elif _differs_in(subject, asked.below, mine, others):
            return True
    return any(
        _differs_in(subject, fragment, got, want)
        for fragment in selection.fragments
        if got.get("__typename") == fragment.type
    )


def field_of(subject: Subject, type_name: str, name: str) -> AskedField | None:
    """Return a field of a type, or of one of the types of an interface."""
    type_ = subject.types[type_name]
    for one in (type_, *(subject.types[name] for name in type_.concrete)):
        if name in one.fields:
            return one.fields[name]
    return None


def bound_of(subject: Subject, selection: Selection) -> int:
    """Return how many statements a query may take, whatever there are of rows.

    One for the rows, one for each relationship, one for each subclass whose columns
    are elsewhere, and a few for each field of code. What takes more may still be
    right: what counts is that it does not grow with the rows.
    """
    return 1 + _bound_below(subject, selection)


def _bound_below(subject: Subject, selection: Selection) -> int:
    total = len(subject.types[selection.type].concrete)
    for asked in selection.fields:
        field = field_of(subject, selection.type, asked.name)
        if asked.below is not None:
            total += 1 + _bound_below(subject, asked.below)
        if field is not None and not field.is_column and field.target is None:
            total += _STATEMENTS_OF_CODE
    return total + sum(_bound_below(subject, one) for one in selection.fragments)


def most_rows(fetched: int, answer: Any, statements: int) -> int:
    """Return how many rows may be fetched where lazy loading fetches *fetched*.

    As many again, or as many more as there are objects in the answer, and one for each
    statement. Lazy loading finds in the session what it has met before, and reads an
    object whole; a batch reads an object once more where another part of the query
    leads to it, or asks for other columns. What a mapping joins to many rows is a batch
    here. The JSON of no rows is a row.
    """
    return fetched + max(fetched, _objects_in(answer)) + statements


def _objects_in(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_objects_in, value.values()))
    return sum(map(_objects_in, value)) if isinstance(value, list) else 0


def first_difference(got: Any, want: Any, path: str = "rows") -> tuple[str, str]:
    """Return both answers where they first differ, each with the way to it."""
    if isinstance(got, dict) and isinstance(want, dict):
        for key in want:
            if without_order(got.get(key)) != without_order(want[key]):
                return first_difference(got.get(key), want[key], f"{path}.{key}")
    if isinstance(got, list) and isinstance(want, list):
        mine, others = _apart(got, want)
        if len(got) == len(want) and len(mine) == 1:
            place = want.index(others[0])
            return first_difference(mine[0], others[0], f"{path}[{place}]")
        return (
            f"{path}: {len(got)} rows, with {_cut(mine)}",
            f"{path}: {len(want)} rows, with {_cut(others)}",
        )
    return f"{path}: {_cut(got)}", f"{path}: {_cut(want)}"


def _apart(got: list[Any], want: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return what only one of the lists has."""
    others = [*want]
    mine = []
    for row in got:
        same = (one for one in others if without_order(one) == without_order(row))
        found = next(same, None)
        if found is None:
            mine.append(row)
        else:
            others.remove(found)
    return mine, others


def _in_order(rows: list[Any]) -> list[str]:
    return [_text(without_order(row)) for row in rows]


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _cut(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= _LENGTH else f"{text[:_LENGTH]}…"
