"""Statements of finished JSON are kept, and never with a value of anybody's."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from ariadne import graphql_sync, make_executable_schema
from sqlalchemy import (
    ColumnElement,
    Integer,
    bindparam,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, aliased

from ariadne_sqla import (
    SQLAlchemyExecutionContext,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    use_route,
)
from ariadne_sqla.root_field import RootField
from sqla_json import Compiled
from sqla_json.prepared import MOST
from sqla_loaders import LoaderRegistry
from sqla_loaders.testing import count_statements

from .blog import Base, Post, Tag, User

SDL = """
type Query {
  users(filter: UserFilter, orderBy: [UserOrder!], limit: Int, offset: Int): [User!]!
  user(id: ID): User
}
type User {
  id: ID! name: String
  posts(filter: PostFilter, orderBy: [PostOrder!], limit: Int, offset: Int): [Post!]!
}
type Post { id: ID! title: String author: User tags: [Tag!]! }
type Tag { id: ID! name: String posts: [Post!]! }
input UserFilter { id: IdFilter name: StringFilter posts: PostsFilter }
input PostsFilter { some: PostFilter none: PostFilter }
input PostFilter { id: IdFilter title: StringFilter author: UserFilter }
input IdFilter { in: [ID] notIn: [ID] }
input StringFilter { eq: String ne: String startsWith: String }
input PostOrder { title: Direction author: UserOrder }
input UserOrder { name: Direction }
enum Direction { ASC DESC }
"""
DOCUMENT = """
query ($filter: UserFilter, $posts: PostFilter, $limit: Int, $offset: Int) {
  users(filter: $filter, orderBy: [{name: DESC}]) {
    name
    posts(filter: $posts, orderBy: [{title: DESC}], limit: $limit, offset: $offset) {
      title author { name } tags { name posts { id } }
    }
  }
}
"""


def viewer_of(info):
    return info.context["viewer"]


def has_a_tag(post, info):
    again, alias = aliased(Post), aliased(Tag)
    stmt = select(literal(1)).select_from(again).join(again.tags.of_type(alias))
    return stmt.where(again.id == post.id, alias.id != viewer_of(info)).exists()


def wrote_nothing_special(user, info):
    alias = aliased(Post)
    special = viewer_of(info) * 10
    return ~exists().where(alias.author_id == user.id, alias.id == special)


POLICIES = {
    "comparisons": {
        "Post": lambda post, info: post.author_id != viewer_of(info),
        "User": lambda user, info: user.name != f"u{viewer_of(info)}",
    },
    "lists, of which some are empty": {
        "Post": lambda post, info: post.id.not_in([viewer_of(info) * 10] * 2),
        "User": lambda user, info: user.id.in_([*range(viewer_of(info), 9)]),
        "Tag": lambda tag, info: tag.id.not_in([*range(2, viewer_of(info))]),
    },
    "subqueries": {"Post": has_a_tag, "User": wrote_nothing_special},
    "relationships": {
        "Post": lambda post, info: post.author.has(User.id != viewer_of(info)),
        "User": lambda user, info: user.posts.any(Post.id > viewer_of(info) * 10),
    },
    "all and none": {
        "Post": lambda post, info: viewer_of(info) != 2,
        "Tag": lambda tag, info: viewer_of(info) == 1 or tag.id == viewer_of(info),
    },
    "functions and values that are asked late": {
        "Tag": lambda tag, info: tag.id != func.abs(-viewer_of(info)),
        "User": lambda user, info: (
            user.id != bindparam("id", callable_=partial(viewer_of, info), unique=True)
        ),
    },
}
VALUES = [
    {},
    {"posts": {"title": {"startsWith": "a"}}, "limit": 2},
    {"posts": {"title": {"startsWith": "b"}}, "limit": 3},
    {"filter": {"name": {"eq": "u1"}}, "limit": 1, "offset": 1},
    {"filter": {"name": {"eq": "u2"}}, "limit": 3, "offset": 2},
    {"filter": {"name": {"eq": "u'2"}}},
    {"filter": {"id": {"in": ["1", "2", "3"]}}, "posts": {"id": {"notIn": ["10"]}}},
    {"filter": {"id": {"in": ["3"]}}, "posts": {"id": {"notIn": ["20", "21"]}}},
    {"filter": {"id": {"in": []}}},
    {"filter": {"posts": {"some": {"title": {"startsWith": "a"}}}}},
    {"filter": {"posts": {"none": {"title": {"startsWith": "b"}}}}},
    {"posts": {"author": {"name": {"ne": "u2"}}}},
    {"posts": {"author": {"name": {"ne": "u3"}}}},
]


def schema_of(policies):
    types = [
        SQLAlchemyObjectType(model.__name__, model, policy=policies.get(model.__name__))
        for model in (User, Post, Tag)
    ]
    return make_executable_schema(SDL, SQLAlchemyQueryType(types, max_depth=5), *types)


def fill(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        tags = [Tag(id=place, name=f"t{place}") for place in range(1, 5)]
        for number in range(1, 5):
            posts = [
                Post(
                    id=number * 10 + place,
                    title=f"{'ab'[place % 2]}{place}",
                    tags=tags[place : number + 1],
                )
                for place in range(4)
            ]
            session.add(User(id=number, name=f"u{number}", posts=posts))
        session.add_all(tags)
        session.commit()


def ask(schema, engine, viewer, variables, document=DOCUMENT):
    with Session(engine) as session:
        _, result = graphql_sync(
            schema,
            {"query": document, "variables": variables},
            context_value={
                "session": session,
                "loader_registry": LoaderRegistry(session),
                "viewer": viewer,
            },
            execution_context_class=SQLAlchemyExecutionContext,
        )
    assert "errors" not in result, result
    return result["data"]


@pytest.fixture
def written(monkeypatch):
    """The statements that are written."""
    written = []
    method = Compiled._selected

    def noting(*args, **options):
        written.append(args)
        return method(*args, **options)

    monkeypatch.setattr(Compiled, "_selected", noting)
    return written


@pytest.mark.parametrize("database", ["sqlite", "psycopg"], indirect=True)
@pytest.mark.parametrize("kind", POLICIES)
async def test_no_value_of_one_viewer_is_in_the_statement_of_another(
    kind, database, written
):
    engine = database.engine
    fill(engine)
    schema = schema_of(POLICIES[kind])
    asked = [(viewer, one) for one in VALUES for viewer in (1, 2, 3)]
    with use_route("objects"):
        expected = [ask(schema, engine, *one) for one in asked]
    assert len({json.dumps(one) for one in expected}) > len(asked) / 3
    assert not written

    for one, data in zip(asked, expected, strict=True):
        with count_statements(engine) as statements:
            assert ask(schema, engine, *one) == data, one
        statements.expect(1)
    some = len(written)
    for one, data in reversed([*zip(asked, expected, strict=True)]):
        assert ask(schema, engine, *one) == data, one
    assert len(written) == some, "all of them are kept"


async def test_many_viewers_at_once_get_what_they_may_see(engine, written):
    fill(engine)
    schema = schema_of(POLICIES["comparisons"])
    asked = [(viewer, one) for one in VALUES for viewer in (1, 2, 3)]
    with use_route("objects"):
        expected = [ask(schema, engine, *one) for one in asked]
    cases = [*zip(asked, expected, strict=True)] * 5

    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda case: ask(schema, engine, *case[0]), cases)
        for (one, data), got in zip(cases, found, strict=True):
            assert got == data, one
    assert 0 < len(written) < len(cases)


async def test_a_condition_that_sqlalchemy_does_not_cache_is_not_kept(engine, written):
    class Half(ColumnElement):  # it says nothing of its value to anybody
        inherit_cache = False
        type = Integer()

        def __init__(self, number):
            self.number = number

    @compiles(Half)
    def compile_half(element, compiler, **_):
        return str(element.number // 2)

    fill(engine)
    policies = {"Post": lambda post, info: post.author_id != Half(viewer_of(info))}
    schema = schema_of(policies)
    for viewer in (2, 6, 2, 6):
        with use_route("objects"):
            expected = ask(schema, engine, viewer, {})
        with count_statements(engine) as statements:
            assert ask(schema, engine, viewer, {}) == expected
        statements.expect(1)
    assert len(written) == 4


async def test_an_order_by_what_a_policy_hides_is_not_kept(engine, written):
    fill(engine)
    schema = schema_of(POLICIES["comparisons"])
    document = """
    { users { posts(orderBy: [{author: {name: DESC}}, {title: ASC}]) { title } } }
    """
    for viewer in (1, 2, 1):
        with use_route("objects"):
            expected = ask(schema, engine, viewer, {}, document)
        assert ask(schema, engine, viewer, {}, document) == expected
    assert len(written) == 3


async def test_the_schema_of_one_tenant_is_not_kept_for_another(engine, written):
    fill(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("ATTACH ':memory:' AS other")
        connection.exec_driver_sql(
            "CREATE TABLE other.users AS SELECT * FROM users LIMIT 1"
        )

    class Users(SQLAlchemyObjectType):
        @classmethod
        def get_base_query(cls, info, **_):
            tenant = {None: info.context["viewer"]}
            return select(User).execution_options(schema_translate_map=tenant)

    query = SQLAlchemyQueryType([users := Users("User", User)])
    schema = make_executable_schema(SDL, query, users)
    document = "{ users(orderBy: [{name: DESC}]) { name } }"
    for tenant, count in [("main", 4), ("other", 1)] * 2:
        found = ask(schema, engine, tenant, {}, document)
        assert len(found["users"]) == count
    assert len(written) == 4


async def test_so_many_statements_are_kept_of_a_plan(engine, written):
    fill(engine)
    schema = schema_of({})
    document = "query ($filter: UserFilter) { users(filter: $filter) { name } }"
    filters = [
        {"name": dict.fromkeys(["eq", "ne", "startsWith"][: one % 3 + 1], "u1")}
        | ({"id": {"in": ["1"]}} if one % 2 else {})
        for one in range(6)
    ]
    for one in filters * 2:
        ask(schema, engine, 1, {"filter": one}, document)
    assert len(written) == len(filters)
    (made,) = {id(args[0]): args[0] for args in written}.values()
    assert len(made.prepared) == len(filters) < MOST


async def test_the_statement_of_a_root_field_is_kept_without_values(
    engine, written, monkeypatch
):
    fill(engine)
    made = []
    method = RootField._windowed

    def noting(*args):
        made.append(args)
        return method(*args)

    monkeypatch.setattr(RootField, "_windowed", noting)
    schema = schema_of({})
    document = """
    query ($id: ID, $filter: UserFilter) {
      user(id: $id) { name posts { title } }
      users(filter: $filter, orderBy: [{name: DESC}]) { name }
    }
    """
    for number in (1, 2, 9, 3):
        name = f"u{number}"
        variables = {"id": str(number), "filter": {"name": {"ne": name}}}
        with count_statements(engine) as statements:
            found = ask(schema, engine, 1, variables, document)
        statements.expect(2)
        others = [f"u{one}" for one in (4, 3, 2, 1) if one != number]
        assert found["users"] == [{"name": one} for one in others]
        if number == 9:
            assert found["user"] is None
        else:
            titles = [{"title": one} for one in ("a0", "b1", "a2", "b3")]
            assert found["user"] == {"name": name, "posts": titles}
    assert len(made) == len(written) == 2


async def test_a_kept_statement_is_for_those_who_see_all_rows(engine, written):
    fill(engine)
    schema = schema_of(POLICIES["comparisons"])
    for viewer in (1, 2, 1, 3):
        found = ask(schema, engine, viewer, {"id": "2"}, BY_ID)
        assert found["user"] == (None if viewer == 2 else {"name": "u2"})


async def test_a_kept_statement_that_is_left_to_objects_has_the_values(engine, written):
    fill(engine)
    schema = schema_of({})
    with Session(engine) as session:
        session.add(User(id=5, name="new"))  # which JSON would not show
        for number in (1, 2, 5):
            _, result = graphql_sync(
                schema,
                {"query": BY_ID, "variables": {"id": str(number)}},
                context_value={
                    "session": session,
                    "loader_registry": LoaderRegistry(session),
                },
                execution_context_class=SQLAlchemyExecutionContext,
            )
            name = "new" if number == 5 else f"u{number}"
            assert result == {"data": {"user": {"name": name}}}
            session.add(Tag(id=90 + number, name="pending"))
    assert not written


BY_ID = "query ($id: ID) { user(id: $id) { name } }"
