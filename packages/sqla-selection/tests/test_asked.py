import pytest
from graphql import FieldNode, build_schema, execute_sync, parse

from sqla_selection import TypeConfig, TypeRegistry, collect, plan
from sqla_selection.arguments import ArgumentsShape

from .blog import Post, User

SDL = """
    type Query { users: [User] }
    type User {
        id: ID
        posts(limit: Int = 20, offset: Int): [Post]
        all: [Post]
    }
    type Post { id: ID title(length: Int): String author: User }
"""
SHAPE = ArgumentsShape(Post.__mapper__, sizes=(("limit", "limit", "limit"),))


def pages(field_name, definition):
    return SHAPE if field_name == "posts" else None


@pytest.fixture
def schema():
    schema = build_schema(SDL)
    types = TypeRegistry.of(schema)
    types.add(TypeConfig("User", User, {"all": "posts"}, arguments=pages))
    types.add(TypeConfig("Post", Post))
    return schema


@pytest.fixture
def edges(schema):
    """Return the edges of the plan for users, and the values of their arguments."""

    def edges(document, **variables):
        found = []

        def resolve(_, info):
            level = plan(collect(info), User.__mapper__, TypeRegistry.of(schema))
            for edge in level.edges:
                values = edge.window and edge.window.values(info.variable_values)
                found.append((edge, values))

        schema.query_type.fields["users"].resolve = resolve
        result = execute_sync(schema, parse(document), variable_values=variables)
        assert result.errors is None
        return found

    return edges


class TestArgumentsThatChooseRows:
    def test_keep_fields_apart_that_have_others(self, edges):
        (first, one), (second, two) = edges(
            "{ users { a: posts(limit: 1) { id } b: posts(limit: 2) { title } } }"
        )

        assert (first.fields, one) == (("a",), {"limit": 1})
        assert (second.fields, two) == (("b",), {"limit": 2})
        assert first.key == second.key == "posts"
        assert first.edge != second.edge
        assert first.target.attributes == {"id"}
        assert second.target.attributes == {"id", "title"}

    def test_keep_fields_apart_below_others(self, edges):
        (edge, _), *others = edges(
            """
            { users { a: all { author { posts(limit: 1) { id } } }
                      b: all { author { posts(limit: 2) { id } } } } }
            """
        )
        author = edge.target.edge("author").target

        assert not others
        assert edge.fields == ("a", "b")
        assert [below.window.text for below in author.edges] == ["limit: 1", "limit: 2"]

    def test_are_shared_by_fields_that_have_the_same(self, edges):
        [(edge, values)] = edges(
            """
            query ($n: Int) { users {
                a: posts(limit: $n, offset: 1) { id }
                b: posts(offset: 1, limit: $n) { title }
            } }
            """,
            n=3,
        )

        assert edge.fields == ("a", "b")
        assert values == {"limit": 3, "offset": 1}
        assert edge.target.attributes == {"id", "title"}

    def test_that_are_not_given_have_their_defaults(self, edges):
        [(edge, values)] = edges("{ users { posts { id } } }")

        assert edge.window.text == ""
        assert edge.window.shape is SHAPE
        assert values == {"limit": 20}

    def test_stand_beside_all_rows(self, edges):
        [(every, _), (some, _)] = edges(
            "{ users { all { id } posts(limit: 1) { id } } }"
        )

        assert every.window is None
        assert some.window.shape is SHAPE
        assert every.relationship is some.relationship

    def test_are_no_values_of_the_plan(self, edges):
        document = "query ($n: Int) { users { posts(limit: $n) { id } } }"
        [(one, some)] = edges(document, n=1)
        [(other, more)] = edges(document, n=2)

        assert one is other
        assert (some, more) == ({"limit": 1}, {"limit": 2})

    def test_of_other_fields_keep_nothing_apart(self, edges):
        [(edge, _)] = edges(
            "{ users { a: all { title(length: 1) } b: all { title(length: 2) } } }"
        )

        assert edge.window is None

    def test_hold_no_document(self, edges):
        [(edge, _)] = edges("{ users { posts(limit: 1) { id } } }")

        assert isinstance(edge.window.node, FieldNode)
        assert edge.window.node.loc is None
