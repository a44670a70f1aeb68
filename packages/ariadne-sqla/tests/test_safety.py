import logging
import time
from dataclasses import dataclass

import pytest
from ariadne import QueryType, ScalarType, graphql_sync, make_executable_schema
from graphql import GraphQLError, build_schema, get_introspection_query, parse, validate
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from ariadne_sqla import DocumentCache, document_limits, format_error, safe_options

schema = build_schema("type Query { a: Query b: Int list: [Query!]! }")


def messages(document, **limits):
    rule = document_limits(**limits)
    return [one.message for one in validate(schema, parse(document), [rule])]


class TestDocumentLimits:
    def test_bound_the_depth(self):
        too_deep = (
            "The operation nests more than 3 levels of fields. Ask for less at a time."
        )

        assert messages("{ a { a { b } } }", max_depth=3) == []
        assert messages("{ a { a { a { b } } } }", max_depth=3) == [too_deep]

    def test_bound_the_number_of_fields(self):
        too_many = "The operation has more than 3 fields. Ask for less at a time."

        assert messages("{ a { b } b }", max_fields=3) == []
        assert messages("{ a { x: b y: b } b }", max_fields=3) == [too_many]

    def test_bound_the_fields_at_the_root(self):
        too_many = (
            "The operation has more than 2 fields at the root. Ask for less at a time."
        )

        assert messages("{ a { x: b y: b z: b } b }", max_root_fields=2) == []
        assert messages("{ b x: b ... { y: b } }", max_root_fields=2) == [too_many]

    def test_count_a_fragment_where_it_is_spread(self):
        fragment = " fragment F on Query { a { b } }"

        assert messages("{ ...F }" + fragment, max_depth=2, max_fields=2) == []
        assert len(messages("{ a { ...F } }" + fragment, max_depth=2)) == 1
        assert len(messages("{ ...F a { ...F } }" + fragment, max_fields=3)) == 1
        assert len(messages("{ ...F ... { ...F } }" + fragment, max_root_fields=1)) == 1

    def test_hold_for_each_operation_apart(self):
        document = "query A { b } query B { b x: b }"

        assert messages(document, max_root_fields=2) == []
        assert len(messages(document, max_root_fields=1)) == 1

    def test_let_an_introspection_pass(self):
        assert messages(get_introspection_query(input_value_deprecation=True)) == []

    def test_survive_fragments_that_spread_each_other(self):
        document = "{ ...A } fragment A on Query { a { ...B } } "
        document += "fragment B on Query { b ...A ...C }"

        assert messages(document) == []

    @pytest.mark.parametrize("spreads", [1, 2])
    def test_count_in_linear_time(self, spreads):
        def seconds(count):
            spread = "".join(f" x{i}: a {{ ...F%d }}" for i in range(spreads))
            fragments = [
                f"fragment F{i} on Query {{ {spread.replace('%d', str(i + 1))} }}"
                for i in range(count)
            ]
            document = parse(
                "{ ...F0 }" + "".join(fragments) + f"fragment F{count} on Query {{ b }}"
            )
            rule = document_limits()
            started = time.process_time()
            errors = validate(schema, document, [rule])
            assert errors
            return time.process_time() - started

        assert seconds(2_000) < 1


query = QueryType()
failing = make_executable_schema(
    "type Query { row: Int rows: [Int]! no: Int frozen: Int }", query
)


@query.field("row")
def resolve_row(*_):
    with Session(create_engine("sqlite://")) as session:
        session.execute(text("SELECT secret FROM vault"))


@query.field("rows")
def resolve_rows(*_):
    error = LookupError("secret")
    return [error] * 3


@dataclass(frozen=True)
class FrozenError(Exception):
    secret: str


@query.field("frozen")
def resolve_frozen(*_):
    raise FrozenError("secret")  # noqa: EM101


@query.field("no")
def resolve_no(*_):
    msg = "Not for you."
    raise GraphQLError(msg, extensions={"code": "FORBIDDEN"})


query.bind_to_schema(failing)


def errors_of(document, **options):
    _, answer = graphql_sync(
        failing, {"query": document}, error_formatter=format_error, **options
    )
    return answer["errors"]


class TestFormatError:
    def test_hides_the_statement_and_logs_it_with_an_id(self, caplog):
        caplog.set_level(logging.ERROR, "ariadne_sqla")
        [error] = errors_of("{ row }")

        [record] = [one for one in caplog.records if one.name == "ariadne_sqla"]
        id_ = error["extensions"]["id"]
        assert error == {
            "message": "Internal error.",
            "locations": [{"line": 1, "column": 3}],
            "path": ["row"],
            "extensions": {"id": id_},
        }
        assert record.getMessage() == f"Internal error {id_}."
        assert "SELECT secret FROM vault" in str(record.exc_info[1])

    def test_logs_an_exception_of_many_fields_once(self, caplog):
        errors = errors_of("{ rows }")

        assert {one["message"] for one in errors} == {"Internal error."}
        assert len({one["extensions"]["id"] for one in errors}) == 1
        logged = [one for one in caplog.records if one.name == "ariadne_sqla"]
        assert len(logged) == 1

    def test_hides_an_exception_that_takes_no_attributes(self, caplog):
        [error] = errors_of("{ frozen }")

        [record] = [one for one in caplog.records if one.name == "ariadne_sqla"]
        assert error["message"] == "Internal error."
        assert record.getMessage() == f"Internal error {error['extensions']['id']}."

    def test_shows_what_is_meant_for_the_client(self):
        [error] = errors_of("{ no }")
        assert error["message"] == "Not for you."
        assert error["extensions"] == {"code": "FORBIDDEN"}

        [error] = errors_of("{ unknown }")
        assert error["message"].startswith("Cannot query field 'unknown'")

    def test_shows_all_in_debug_mode(self):
        [error] = errors_of("{ row }", debug=True)

        assert "SELECT secret FROM vault" in error["message"]
        assert error["extensions"]["exception"]["stacktrace"]


class TestSafeOptions:
    def test_are_those_of_ariadnes_servers(self):
        documents = DocumentCache()
        for _ in range(2):
            _, answer = graphql_sync(
                failing,
                {"query": "{ row x: row }"},
                query_parser=documents.parse,
                query_validator=documents.validate,
                **safe_options(max_root_fields=1),
            )
            assert "more than 1 fields at the root" in answer["errors"][0]["message"]


def _no_colour(value):
    msg = "A colour is as '#rrggbb'."
    raise ValueError(msg)


def _no_json(value):
    msg = f"{value} is a secret."
    raise ValueError(msg)


COLOUR = ScalarType("Colour", serializer=_no_json, value_parser=_no_colour)


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ('{ colour(like: "red") }', None),
        ("query ($like: Colour) { colour(like: $like) }", {"like": "red"}),
    ],
)
def test_what_the_parser_of_a_scalar_says_is_told(document, variables, caplog):
    sdl = "scalar Colour type Query { colour(like: Colour): Colour }"
    data = {"query": document, "variables": variables}

    _, answer = graphql_sync(
        make_executable_schema(sdl, COLOUR), data, **safe_options()
    )

    [error] = answer["errors"]
    assert "A colour is as '#rrggbb'." in error["message"]
    assert "extensions" not in error


def test_what_the_serializer_of_a_scalar_says_is_not(caplog):
    query = QueryType()
    query.set_field("colour", lambda *_: "red")
    sdl = "scalar Colour type Query { colour: Colour }"

    _, answer = graphql_sync(
        make_executable_schema(sdl, query, COLOUR),
        {"query": "{ colour }"},
        **safe_options(),
    )

    [error] = answer["errors"]
    assert error["message"] == "Internal error."
    assert "red is a secret." in caplog.text
