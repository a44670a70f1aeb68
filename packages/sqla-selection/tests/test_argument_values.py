import datetime
import decimal
import enum
import uuid

import pytest
from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Time,
    TypeDecorator,
    Uuid,
)
from sqlalchemy.types import NullType

from sqla_selection.arguments.filters import AllOf, Compared, frozen, together
from sqla_selection.coercion import UnfitValueError, coerced, is_opaque


class Size(enum.Enum):
    small = "S"


class Code(TypeDecorator):
    impl = Integer
    cache_ok = True


class Document(TypeDecorator):
    impl = JSON
    cache_ok = True


UTC = datetime.timezone.utc
NOON = datetime.datetime(2026, 1, 1, 12)
UID = uuid.UUID(int=7)


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        ("7", Integer(), 7),
        (7.0, Integer(), 7),
        (7, String(), "7"),
        ("true", Boolean(), True),
        (str(UID), Uuid(), UID),
        ("1.10", Numeric(), decimal.Decimal("1.10")),
        (1, Float(), 1.0),
        ("2026-01-01", Date(), NOON.date()),
        (NOON, Date(), NOON.date()),
        ("2026-01-01T12:00:00Z", DateTime(), NOON),
        ("2026-01-01T14:00:00+02:00", DateTime(), NOON),
        ("2026-01-01T12:00:00Z", DateTime(timezone=True), NOON.replace(tzinfo=UTC)),
        ("12:00", Time(), datetime.time(12)),
        ("small", Enum(Size), Size.small),
        ("S", Enum(Size), Size.small),
        (Size.small, Enum(Size), Size.small),
        ("anything", NullType(), "anything"),
        ("7", Code(), 7),
        (True, Integer(), 1),
        (None, Integer(), None),
    ],
)
def test_a_value_becomes_what_the_column_holds(value, type_, expected):
    result = coerced(value, type_)
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("value", "type_", "what"),
    [
        ("x", Integer(), "an integer"),
        ("x-7", Code(), "an integer"),
        (1.5, Integer(), "an integer"),
        (2**63, Integer(), f"an integer between {-(2**63)} and {2**63 - 1}"),
        (2**15, SmallInteger(), f"an integer between {-(2**15)} and {2**15 - 1}"),
        ("\x00", String(), "a string without NUL characters"),
        ("\ud800", String(), "a string of whole Unicode characters"),
        ("nan", Float(), "a number"),
        ("inf", Numeric(), "a decimal number"),
        ("yes", Boolean(), "a boolean"),
        ("x", Uuid(), "a UUID"),
        ("noon", DateTime(), "a date and time in ISO 8601"),
        ("large", Enum(Size), "one of small"),
    ],
)
def test_what_the_column_cannot_hold_is_refused(value, type_, what):
    with pytest.raises(UnfitValueError) as caught:
        coerced(value, type_)
    assert str(caught.value) == what


def test_json_and_arrays_are_opaque():
    assert is_opaque(JSON())
    assert is_opaque(ARRAY(Integer))
    assert is_opaque(Document())
    assert not is_opaque(String())


def test_filters_are_values():
    assert Compared("a", "eq", 1) == Compared("a", "eq", 1)
    assert Compared("a", "eq", 1) != Compared("a", "eq", True)
    assert hash(Compared("a", "in", ({"x": [1]},)))
    assert frozen({"a": [1]}) == frozen({"a": [1]})
    assert together(None, AllOf()) is None
