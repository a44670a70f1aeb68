from graphql import build_schema

from ariadne_sqla.bound import Due, bound_to


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


def test_what_is_bound_is_kept_on_the_schema():
    schema = build_schema("type Query { a: Int }")

    assert bound_to(schema) is bound_to(schema)
    assert bound_to(schema) is not bound_to(build_schema("type Query { a: Int }"))
