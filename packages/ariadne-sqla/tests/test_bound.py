from types import SimpleNamespace

import pytest
from graphql import build_schema

from ariadne_sqla.bound import DerivedOfField, Due, bound_to


def test_steps_are_taken_once_with_each_schema():
    due, taken = Due(), []
    due.add("a", lambda schema: taken.append(("a", schema)))
    due.add("b", lambda schema: taken.append(("b", schema)))
    one, other = (
        build_schema("type Query { a: Int }"),
        build_schema("type Query { a: Int }"),
    )
    for schema in (one, one, other, one):
        due.do(schema)

    assert taken == [("a", one), ("b", one), ("a", other), ("b", other)]


def test_a_step_that_comes_later_is_taken_too_and_one_of_the_same_key_goes():
    due, taken = Due(), []
    schema = build_schema("type Query { a: Int }")
    due.add("a", lambda _: taken.append("first"))
    due.do(schema)
    due.add("a", lambda _: taken.append("second"))
    due.do(schema)
    due.do(schema)

    assert taken == ["first", "second"]


def info_of(schema, field):
    return SimpleNamespace(
        schema=schema, parent_type=schema.query_type, field_name=field
    )


def test_what_is_derived_is_made_for_all_fields_by_the_first_that_asks():
    schema, made = build_schema("type Query { a: Int b(c: Int): Int }"), []

    def make(definition):
        made.append(sorted(definition.args))
        return len(definition.args)

    a = DerivedOfField(bound_to(schema), "Query", "a", make)
    b = DerivedOfField(bound_to(schema), "Query", "b", make)
    assert (a.value, b.value) == (None, None)

    assert a.of(info_of(schema, "a")) == 0
    assert (a.value, b.value) == (0, 1)
    assert made == [[], ["c"]]


def test_what_cannot_be_derived_is_the_error_of_its_own_field():
    schema = build_schema("type Query { a: Int b: Int }")

    def refuse(_):
        raise LookupError

    a = DerivedOfField(bound_to(schema), "Query", "a", refuse)
    b = DerivedOfField(bound_to(schema), "Query", "b", lambda _: "b")

    assert b.of(info_of(schema, "b")) == "b"
    for _ in range(2):
        with pytest.raises(LookupError):
            a.of(info_of(schema, "a"))


def test_what_is_bound_is_kept_on_the_schema():
    schema = build_schema("type Query { a: Int }")

    assert bound_to(schema) is bound_to(schema)
    assert bound_to(schema) is not bound_to(build_schema("type Query { a: Int }"))
