"""Every pair of a scalar and a column: the database writes what Python would."""

import enum
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from graphql import GraphQLEnumType, GraphQLScalarType
from sqlalchemy import (
    JSON,
    REAL,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Enum,
    Float,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Text,
    Time,
    TypeDecorator,
    Unicode,
    Uuid,
    func,
    insert,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Session, registry

from .asking import DATABASES, ask, same, schema_of, why_not

on_every_database = pytest.mark.parametrize("database", DATABASES, indirect=True)

PLANES = "".join(
    chr(code)
    for plane in range(17)
    for code in (plane << 16 | 0x20, plane << 16 | 0xD7FF, plane << 16 | 0xFFFD)
)
TEXTS = [
    *("", " ", '"', "\\", "/", "'", "null", "{}", "[1]", "\u2028\u2029", "\x7f\x80"),
    *(
        "".join(map(chr, range(1, 0x250))),
        PLANES,
        "e\u0301",
        "\U0001f468\u200d\U0001f469",
    ),
    *("x" * 1_000_000, '"\\\n' * 1000, "sqla-json-"),
]
FLOATS = [
    *(0.0, -0.0, 1.0, -1.0, 0.1, 1 / 3, 1e15, 1e16, 1e21, 1e22, 1e23, 123456789.125),
    *(1e308, -1e308, 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 1e-7),
    *(2.0**53, 2.0**53 + 2, 4.35, 0.30000000000000004, 9007199254740993.0),
]


LONG = Text().with_variant(mysql.LONGTEXT(), "mariadb")
INSTANT = DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mariadb")
EXACT_TIME = DateTime().with_variant(mysql.DATETIME(fsp=6), "mariadb")


class Colour(enum.Enum):
    RED = "r"
    GREEN = "g"


class Reversed(TypeDecorator):
    """Text that is kept backwards, and has a value where the database has none."""

    impl = String(50)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return value and value[::-1]

    def process_result_value(self, value, dialect):
        return "nothing" if value is None else value[::-1]


class Upper(TypeDecorator):
    """Text that is selected in upper case."""

    impl = String(50)
    cache_ok = True

    def column_expression(self, column):
        return func.upper(column)


def scalar(name, serialize):
    return GraphQLScalarType(name, serialize=serialize)


SCALARS = {
    "Date": scalar("Date", lambda value: value.isoformat()),
    "Decimal": scalar("Decimal", str),
    "JSON": scalar("JSON", lambda value: value),
    "Seconds": scalar("Seconds", lambda value: value.total_seconds()),
    "UUID": scalar("UUID", lambda value: value.hex),
    "Repr": scalar("Repr", repr),
}

EXACT = {
    "Int of Integer": ("Int", Integer(), [0, 1, -1, 2**31 - 1, -(2**31)]),
    "Int of SmallInteger": ("Int", SmallInteger(), [0, 32767, -32768]),
    "Int of BigInteger": ("Int", BigInteger(), [0, 2**31 - 1, -(2**31)]),
    "ID of Integer": ("ID", Integer(), [0, -5, 2**31 - 1]),
    "ID of BigInteger": ("ID", BigInteger(), [2**63 - 1, -(2**63)]),
    "ID of String": ("ID", LONG, TEXTS),
    "ID of Uuid": ("ID", Uuid(), [UUID(int=0), UUID(int=2**128 - 1)]),
    "String of Integer": ("String", BigInteger(), [0, 2**40]),
    "String of Text": ("String", LONG, TEXTS),
    "String of Unicode": ("String", Unicode(200), ["é", "日本"]),
    "Boolean of Boolean": ("Boolean", Boolean(), [True, False]),
    "Float of Float": ("Float", Float(53), FLOATS),
    "Float of Double": ("Float", Double(), FLOATS),
    "Float of Integer": ("Float", Integer(), [0, 1, -7]),
    "Float of Numeric": ("Float", Numeric(20, 4), [Decimal("1.5"), Decimal("100")]),
    "Colour of Enum": ("Colour", Enum(Colour), [Colour.RED, Colour.GREEN]),
    "Colour of text": ("Name", String(10), ["RED", "GREEN"]),
    "Date of Date": ("Date", Date(), [date.min, date(2024, 2, 29), date.max]),
    "Date of DateTime": (
        "Date",
        EXACT_TIME,
        [
            datetime(1, 1, 1),
            datetime(2024, 3, 31, 2, 30),
            datetime(2024, 10, 27, 2, 30, 0, 1),
            datetime(9999, 12, 31, 23, 59, 59, 999999),
        ],
    ),
    "Decimal of Numeric": (
        "Decimal",
        Numeric(20, 4),
        [Decimal("0"), Decimal("1.1"), Decimal("-12345678.9012"), Decimal("1E+3")],
    ),
    "JSON of JSON": (
        "JSON",
        JSON(none_as_null=True),
        [{"b": 1, "a": [None, True, 1.5, "\u2028"]}, [], "text", 7, {"é": {"x": {}}}],
    ),
    "UUID of Uuid": ("UUID", Uuid(), [UUID(int=1), UUID(int=2**128 - 1)]),
    "String of a type of one's own": ("String", Reversed(), ["abc", "é"]),
    "Repr of Integer": ("Repr", Integer(), [1]),
    "Repr of BigInteger": (
        "Repr",
        BigInteger(),
        [n + m for n in (2**53, -(2**53)) for m in (-1, 0, 1)]
        + [2**63 - 1, -(2**63), 2**31, 0],
    ),
    "a number of BigInteger": (
        "JSON",
        BigInteger(),
        [2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)],
    ),
    "JSON of what is hard to write": (
        "JSON",
        JSON(none_as_null=True),
        [
            *("\U0001f600", "\0", "\x7f", '"\\/'),
            *(2**64 - 1, -(2**64), 2**53 + 1, 1e308, 5e-324, -0.0, 0.1, 1e22),
            {"\U0001f600": {"": [[], {}, ""]}, "b": 1, "a": 2},
        ],
    ),
    "Repr of Boolean": ("Repr", Boolean(), [True, False]),
    "Boolean of Integer": ("Boolean", Integer(), [0, 1, 2]),
    "Date of Time": (
        "Date",
        Time().with_variant(mysql.TIME(fsp=6), "mariadb"),
        [time(0), time(23, 59, 59, 999999)],
    ),
    "Seconds of Interval": (
        "Seconds",
        Interval(),
        [timedelta(days=1, seconds=2), timedelta(days=400, microseconds=1)],
    ),
    "Repr of an instant": (
        "Repr",
        INSTANT,
        [datetime(2024, 1, 1, 12, 30, 15, 250000, timezone.utc)],
    ),
}
NOT_NULL = {"String of a type of one's own"}


def asked_of(database, scalar, type_, values, *, required=False, raw=False):
    """A session, a schema and a document for a column that has *values*."""
    mapped = registry()
    cells = [{"id": n, "value": value} for n, value in enumerate(values)]

    @mapped.mapped
    class Cell:
        __tablename__ = "cells"
        id = Column(Integer, primary_key=True, autoincrement=False)
        value = Column(type_)

    mark = "!" if required else ""
    schema = schema_of(
        f"""
        type Query {{ cells: [Cell!]! }}
        type Cell {{ value: {scalar}{mark} }}
        scalar Date scalar Decimal scalar JSON scalar Seconds scalar UUID scalar Repr
        enum Colour {{ RED GREEN }}
        enum Name {{ RED GREEN }}
        """,
        {"Cell": Cell},
    )
    for name, own in SCALARS.items():
        known = schema.type_map[name]
        known.serialize = known.coerce_output_value = own.serialize
    values_of = {one.name: one for one in Colour}
    colours = GraphQLEnumType("Colour", values_of)
    cell = schema.type_map["Cell"].fields["value"]
    if scalar == "Colour":
        cell.type = colours
    mapped.metadata.drop_all(database.engine)
    mapped.metadata.create_all(database.engine)
    session = Session(database.engine)
    for one in cells:
        if raw:
            stored = f"INSERT INTO cells VALUES (0, {values[0]})"  # noqa: S608  # ours
            session.execute(text(stored))
        else:
            session.execute(insert(Cell).values(**one))
    session.commit()
    return session, schema, "{ cells { value } }"


@on_every_database
def test_a_value_is_what_python_would_make_of_it(database, subtests):
    for pair, (scalar, type_, values) in EXACT.items():
        with subtests.test(pair):
            session, schema, document = asked_of(
                database, scalar, type_, [*values, None]
            )
            with session:
                found = same(session, schema, document)
            assert len(found) == len(values) + 1
            assert (found[-1]["value"] is None) == (pair not in NOT_NULL)


UNKNOWN = [
    ("String", LargeBinary(), b"x"),
    ("Repr", Time(timezone=True), time(12, tzinfo=timezone.utc)),
    ("Float", Float(20), 0.1),
    ("Float", REAL(), 0.1),
]


@pytest.mark.parametrize("database", ["sqlite", "psycopg"], indirect=True)
def test_json_may_have_half_a_character(database):
    # MariaDB refuses to keep it, and no driver sends it as text.
    halves = ["\ud800", "a\udfff", "\udc00\ud800", {"\ud800": [["\udc00"]]}]
    session, schema, document = asked_of(database, "JSON", JSON(), halves)
    with session:
        found = same(session, schema, document)
    assert [one["value"] for one in found] == halves


@on_every_database
def test_a_pair_that_is_not_known_declines(database, subtests):
    for scalar, type_, value in UNKNOWN:
        with subtests.test(repr(type_)):
            session, schema, document = asked_of(database, scalar, type_, [value])
            with session:
                if (
                    database.driver != "psycopg"
                    and type_.__visit_name__ != "large_binary"
                ):
                    same(session, schema, document)
                else:
                    why = why_not(session, schema, document)
                    assert why.startswith(f"Cell.value is {scalar} of a column of")


@on_every_database
def test_a_type_that_selects_an_expression_declines(database):
    session, schema, document = asked_of(database, "String", Upper(), ["x"])

    with session:
        why = why_not(session, schema, document)
    column = "Cell.value is a column of Upper(length=50)"
    assert why == f"{column}, which selects an expression."


WRONG = {
    "Int out of range": ("Int", BigInteger(), [2**31]),
    "Int below the range": ("Int", BigInteger(), [-(2**31) - 1]),
    "null in a non-null field": ("String!", Text(), ["x", None]),
    "null in a decoded non-null field": ("Decimal!", Numeric(5), [None]),
    "an infinite Float": ("Float", Double(), [float("inf")]),
    "minus infinity": ("Float", Double(), [float("-inf")]),
    "a text that is no value of the enum": ("Name", String(10), ["BLUE"]),
}


@on_every_database
def test_a_value_that_its_field_cannot_give_is_left_to_objects(database, subtests):
    for what, (scalar, type_, values) in WRONG.items():
        if database.driver == "pymysql" and "inf" in repr(values):
            continue  # it has none
        with subtests.test(what):
            session, schema, document = asked_of(
                database, scalar.strip("!"), type_, values, required="!" in scalar
            )
            with session:
                asked = ask(session, schema, document)
            assert asked.errors
            assert asked.answer.is_of_the_rows
            assert asked.answer.why == "A row has a value that its field cannot give."
            asked.statements.expect(1)


@pytest.mark.parametrize(
    ("scalar", "type_", "stored"),
    [
        ("Int", Integer(), "'text'"),
        ("Int", Integer(), "1.5"),
        ("ID", Integer(), "x'00ff'"),
        ("String", Text(), "x'c328'"),
        ("Boolean", Boolean(), "2"),
        ("Float", Float(), "'text'"),
        ("Name", String(5), "x'52'"),
        ("Date", Date(), "'no date'"),
        ("Date", Date(), "x'00'"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_sqlite_keeps_of_another_type_is_left_to_objects(
    scalar, type_, stored, database
):
    session, schema, document = asked_of(database, scalar, type_, [stored], raw=True)

    with session:
        try:
            asked = ask(session, schema, document)
        except ValueError as error:  # the driver's, on the naive side
            pytest.fail(str(error))
    assert asked.answer.is_of_the_rows


@pytest.mark.parametrize(
    ("database", "value"),
    [
        ("psycopg", "-infinity"),
        ("psycopg", "infinity"),
        ("psycopg", "4713-01-01 BC"),
        ("pymysql", "0000-00-00"),
    ],
    indirect=["database"],
)
def test_a_date_that_python_does_not_have_is_left_to_objects(value, database):
    session, schema, document = asked_of(
        database, "Date", Date(), [f"'{value}'"], raw=True
    )

    with session:
        asked = ask(session, schema, document)
    assert asked.answer.is_of_the_rows
