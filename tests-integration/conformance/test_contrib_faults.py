"""The faults of `ariadne.contrib.sqlalchemy` 1.1.1, each by its name."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from anyio import to_thread
from ariadne import (
    MutationType,
    QueryType,
    graphql,
    graphql_sync,
    make_executable_schema,
)
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, sessionmaker, with_loader_criteria

from ariadne_sqla import (
    LoaderRegistry,
    SerializedAsyncSession,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    UnusedArgumentWarning,
)
from sqla_loaders.testing import count_statements

from . import runner
from .case import Case, Query
from .cases import FAMILIES
from .cases.selections import Base, Post, Tag, User, seed

CASES = {case.mapping: case for family in FAMILIES.values() for case in family}

on_sqlite = pytest.mark.parametrize("database", ["sqlite", "aiosqlite"], indirect=True)
on_every_server = pytest.mark.parametrize(
    "database",
    ["sqlite", "aiosqlite", "psycopg", "asyncpg", "pymysql", "aiomysql"],
    indirect=True,
)

Prove = Callable[..., Awaitable[list[runner.Answer]]]


@pytest.fixture
def prove(database: Any) -> Prove:
    """Answer a query on a path of a case, and compare it with the naive answer.

    Gives an answer for each mode: without and with an event loop, or on AsyncSession.
    """

    async def proven(
        mapping: str, path: str, document: str, statements: int, **variables: Any
    ) -> list[runner.Answer]:
        case = CASES[mapping]
        assert isinstance(case, Case)
        case.metadata.create_all(database.engine)
        with Session(database.engine) as session:
            for generation in (1, 2, 3):
                case.seed(session, generation)
            session.commit()
        query = Query(document, statements, variables=variables)
        naive = runner.answer_sync(
            runner.naive_schema(case), query, sessionmaker(database.engine)
        )
        assert not naive.errors, naive.errors
        schema = runner.schemas(case)[path]
        sessions = runner.sessions(database, query, path)
        answers = [
            await runner.answer_async(schema, query, sessions, database.counted_engine)
        ]
        if not database.is_async:
            answers.append(
                await to_thread.run_sync(runner.answer_sync, schema, query, sessions)
            )
        for answer in answers:
            runner.compare(case, query, naive, answer)
            runner.check_statements(query, path, naive, answer)
        return answers

    return proven


def words(answers: Sequence[runner.Answer], first: int = 0) -> set[str]:
    """All names in the statements from the given one on."""
    return {
        word
        for answer in answers
        for statement in answer.statements[first:]
        for word in runner.words(statement)
    }


# The fallback


@on_sqlite
async def test_fallback_keeps_extra_conditions_of_a_custom_primaryjoin(
    prove: Prove,
) -> None:
    await prove(
        "primaryjoin with extra conditions",
        "fallback",
        "{ clubs { public_events { title } } events { public_club { name } } }",
        4,
    )


@on_sqlite
async def test_composite_many_to_many_finds_rows_whatever_the_order_of_its_key_columns(
    prove: Prove,
) -> None:
    answers = await prove(
        "composite keys, columns in any order",
        "fallback",
        "{ reservations { guests { name } } guests { reservations { nights } } }",
        4,
    )
    assert any(one["guests"] for one in answers[0].data["reservations"])


@on_sqlite
async def test_fallback_keeps_the_order_by_of_a_relationship(prove: Prove) -> None:
    answers = await prove(
        "order_by",
        "fallback",
        "{ playlists { tracks { title } comments { body } } }",
        3,
    )
    titles = [track["title"] for track in answers[0].data["playlists"][0]["tracks"]]
    assert titles == ["track 3", "track 0", "track 2"]


@on_sqlite
async def test_join_that_is_no_equality_is_not_taken_for_one(prove: Prove) -> None:
    await prove(
        "joins that are no equality",
        "fallback",
        "{ clubs { below { name } elder { name } named_or_met { title } } }",
        4,
    )


@on_sqlite
async def test_fallback_loads_self_referential_many_to_many(prove: Prove) -> None:
    await prove(
        "self-referential many-to-many",
        "fallback",
        "{ people { followers { name } following { name } } }",
        3,
    )


@on_sqlite
async def test_fallback_takes_null_foreign_keys(prove: Prove) -> None:
    answers = await prove(
        "NULL and dangling foreign keys",
        "fallback",
        "{ books { publisher { name } } }",
        2,
    )
    assert "None" not in answers[0].statements[1]


@on_sqlite
async def test_null_foreign_keys_alone_need_no_statement(prove: Prove) -> None:
    await prove(
        "NULL and dangling foreign keys",
        "fallback",
        "{ books(publisher_id: null) { title publisher { name } } }",
        1,
    )


@on_sqlite
async def test_fallback_takes_attributes_named_unlike_their_columns(
    prove: Prove,
) -> None:
    await prove(
        "attribute name ≠ column name",
        "fallback",
        "{ albums { songs { title } } songs { album { title } genres { name } } }",
        5,
    )


@on_sqlite
async def test_fallback_takes_targets_mapped_lazy_joined(prove: Prove) -> None:
    await prove(
        'lazy="joined"',
        "fallback",
        "{ libraries { shelves { name volumes { title } } } }",
        3,
    )


@on_sqlite
async def test_aliased_relationship_reaches_the_loader(prove: Prove) -> None:
    await prove(
        "selection: repeated fields and aliases",
        "fallback",
        "{ posts { writer { user_name } } }",
        2,
    )


@on_sqlite
async def test_fallback_loads_only_what_the_selection_below_asks(prove: Prove) -> None:
    answers = await prove("many-to-many", "fallback", "{ posts { tags { name } } }", 2)
    assert "description" not in words(answers, first=1)


@on_sqlite
async def test_levels_below_the_fallback_do_not_cascade_into_further_loaders(
    prove: Prove,
) -> None:
    await prove(
        "one-to-many",
        "fallback",
        "{ authors { books { title chapters { heading } author { name } } } }",
        4,
    )


@on_every_server
async def test_more_parents_than_the_driver_takes_parameters(database: Any) -> None:
    parents = 33_000
    case = CASES["one-to-many"]
    assert isinstance(case, Case)
    case.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        case.seed(session, 1)
        session.commit()
    query = QueryType()
    query.set_field("authors", lambda *_: [{"id": n} for n in range(parents)])
    schema = make_executable_schema(
        """
        type Query { authors: [Author!]! }
        type Author { books: [Book!]! }
        type Book { title: String! }
        """,
        query,
        *(
            SQLAlchemyObjectType(declared.name, declared.model)
            for declared in case.types[:3:2]
        ),
    )
    answer = await runner.answer_async(
        schema,
        Query("{ authors { books { title } } }", 0),
        database.session_factory(),
        database.counted_engine,
    )
    assert not answer.errors
    authors = answer.data["authors"]
    assert len(authors) == parents
    assert {
        n: len(author["books"]) for n, author in enumerate(authors) if author["books"]
    } == {
        100: 2,
        102: 2,
    }


BLOG = """
    type Query { posts: [Post!]! users: [User!]! user(id: ID!): User }
    type Mutation { rename(id: ID!, name: String!): Post! }
    type User { id: ID! user_name: String! posts: [Post!]! }
    type Post { id: ID! title: String! author: User tags: [Tag!]! }
    type Tag { id: ID! name: String! }
"""


@pytest.fixture
def blog(database: Any) -> Any:
    """A database with the rows of the blog of `cases.selections`."""
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        seed(session, 1)
        session.commit()
    return database


def object_types() -> list[SQLAlchemyObjectType]:
    return [
        SQLAlchemyObjectType("User", User),
        SQLAlchemyObjectType("Post", Post),
        SQLAlchemyObjectType("Tag", Tag),
    ]


async def answer(
    schema: Any,
    document: str,
    sessions: Callable[[], Any],
    extensions: Sequence[Any] = (SQLAlchemyDataLoaderExtension,),
    session_key: str = "session",
) -> Any:
    """Answer on a session of its own, without errors."""
    session = sessions()
    try:
        _, response = await graphql(
            schema,
            {"query": document},
            context_value={session_key: session},
            extensions=list(extensions),
        )
    finally:
        await runner.finished(session.close())
    assert "errors" not in response, response["errors"]
    return response["data"]


@on_sqlite
async def test_read_after_a_mutation_sees_its_rows(blog: Any) -> None:
    mutation = MutationType()

    @mutation.field("rename")
    async def rename(_: Any, info: Any, id: str, name: str) -> Post:  # GraphQL's name
        session = info.context["session"]
        post: Post = await runner.finished(session.get(Post, int(id)))
        statement = select(User).join(User.posts).where(Post.id == int(id))
        author = (await runner.finished(session.execute(statement))).scalars().one()
        author.user_name = name
        await runner.finished(session.flush())
        return post

    schema = make_executable_schema(BLOG, mutation, *object_types())
    data = await answer(
        schema,
        """mutation {
            a: rename(id: 100, name: "first") { author { user_name posts { title } } }
            b: rename(id: 101, name: "second") { author { user_name } }
            c: rename(id: 102, name: "third") { author { user_name } }
        }""",
        blog.session_factory(),
    )
    assert [data[key]["author"]["user_name"] for key in "abc"] == [
        "first",
        "second",
        "third",
    ]


@on_sqlite
async def test_rows_added_by_a_mutation_are_in_the_next_read(blog: Any) -> None:
    mutation = MutationType()

    @mutation.field("rename")
    async def add(_: Any, info: Any, id: str, name: str) -> Any:  # GraphQL's name
        session = info.context["session"]
        session.add(Post(id=int(id), title=name, body="", author_id=100))
        await runner.finished(session.flush())
        statement = select(Post).where(Post.id == 100)
        result = await runner.finished(session.execute(statement))
        return result.scalars().one()

    schema = make_executable_schema(BLOG, mutation, *object_types())
    data = await answer(
        schema,
        """mutation {
            a: rename(id: 500, name: "new") { author { posts { title } } }
            b: rename(id: 501, name: "newer") { author { posts { title } } }
        }""",
        blog.session_factory(),
    )
    titles = [[p["title"] for p in data[key]["author"]["posts"]] for key in "ab"]
    assert titles == [
        ["post 0", "post 1", "new"],
        ["post 0", "post 1", "new", "newer"],
    ]


# The eager path


@on_sqlite
async def test_skipped_relations_are_not_loaded(prove: Prove) -> None:
    answers = await prove(
        "selection: @skip and @include",
        "eager",
        "query ($no: Boolean!) { posts { title tags @include(if: $no) { name }"
        " ... @skip(if: true) { comments { message } } } }",
        1,
        no=False,
    )
    assert words(answers).isdisjoint({"tag", "comment"})


@on_sqlite
async def test_type_conditions_load_subclass_columns_in_one_statement(
    prove: Prove,
) -> None:
    await prove(
        "joined-table inheritance, as target",
        "eager",
        "{ companies { employees { name ... on Engineer { language } } } }",
        3,
    )


@on_sqlite
async def test_interface_typed_roots_are_resolved(prove: Prove) -> None:
    await prove(
        "joined-table inheritance, as owner",
        "eager",
        "{ employees { name ... on Engineer { language projects { title } } } }",
        3,
    )


@on_sqlite
async def test_plain_property_is_planned(prove: Prove) -> None:
    await prove("plain properties", "eager", "{ houses { plain } }", 1)


@on_sqlite
async def test_association_proxy_is_planned(prove: Prove) -> None:
    await prove(
        "association proxies to a relationship",
        "eager",
        "{ recipes { words ingredients { name } } }",
        4,
    )


@on_sqlite
async def test_dynamic_and_write_only_relationships_are_planned(prove: Prove) -> None:
    await prove(
        'lazy="write_only"',
        "eager",
        "{ feeds { entries { title remarks { text } } readers { name } } }",
        4,
    )


@on_sqlite
async def test_aliases_may_be_callables(blog: Any) -> None:
    user = SQLAlchemyObjectType(
        "User",
        User,
        aliases={"user_name": lambda user, info: f"name of {user.full_name}"},
    )
    types = [user, *object_types()[1:]]
    schema = make_executable_schema(BLOG, SQLAlchemyQueryType(types), *types)
    data = await answer(schema, "{ users { user_name } }", blog.session_factory())
    assert data["users"][0] == {"user_name": "name of User 0"}


@on_sqlite
async def test_hybrid_costs_no_deferred_loads(prove: Prove) -> None:
    await prove("hybrid properties", "eager", "{ houses { address is_dear } }", 1)


@on_sqlite
async def test_level_of_relationships_alone_loads_keys_only(prove: Prove) -> None:
    answers = await prove(
        "one-to-many", "eager", "{ authors { books { chapters { heading } } } }", 3
    )
    assert words(answers).isdisjoint({"name", "biography", "title", "blurb"})


@on_sqlite
async def test_level_of_typename_alone_loads_keys_only(prove: Prove) -> None:
    answers = await prove("one-to-many", "eager", "{ authors { __typename } }", 1)
    assert words(answers).isdisjoint({"name", "biography"})


@on_sqlite
async def test_convert_names_case_is_planned(prove: Prove) -> None:
    answers = await prove(
        "selection: convert_names_case=True",
        "eager",
        "{ users { userName writtenComments { message author { fullName } } } }",
        3,
    )
    assert "email" not in words(answers)


@on_every_server
async def test_single_object_root_fetches_one_row(blog: Any) -> None:
    types = object_types()
    schema = make_executable_schema(
        BLOG.replace("user(id: ID!): User", "user: User post(title: String): Post"),
        SQLAlchemyQueryType(types),
        *types,
    )
    with count_statements(blog.counted_engine) as statements:
        await answer(schema, "{ user { user_name } }", blog.session_factory())
    statements.expect(1)
    assert "LIMIT" in statements[0].sql
    with count_statements(blog.counted_engine) as statements:
        await answer(
            schema,
            "{ user { user_name posts { title tags { name } author { id } } } }",
            blog.session_factory(),
        )
    assert "LIMIT" in statements[0].sql
    assert len(statements) <= 4, statements


@on_sqlite
async def test_options_of_the_base_query_do_not_clash(prove: Prove) -> None:
    answers = await prove(
        "selection: options of the base query survive",
        "eager",
        "{ users { weight user_name posts { title } } }",
        3,
    )
    assert answers[0].data["users"][0]["weight"] == 101


@on_sqlite
async def test_keyed_collection_reaches_graphql_as_a_list(prove: Prove) -> None:
    answers = await prove(
        "dict-keyed collections", "eager", "{ boxes { notes { text } } }", 2
    )
    assert len(answers[0].data["boxes"][0]["notes"]) == 3


@on_sqlite
async def test_ordering_collection_is_not_refreshed_row_by_row(prove: Prove) -> None:
    await prove(
        "collections that read columns while they fill",
        "eager",
        "{ boxes { steps { text } ranked { text } labelled { text } } }",
        4,
    )


@on_sqlite
async def test_alias_does_not_overwrite_an_explicit_resolver(prove: Prove) -> None:
    answers = await prove(
        "selection: a resolver of the user's own wins",
        "eager",
        "{ posts { heading } }",
        1,
    )
    assert answers[0].data["posts"][0] == {"heading": "own body 0"}


def test_callable_aliases_run_when_the_schema_is_bound() -> None:
    calls = []

    def aliases() -> dict[str, str]:
        calls.append("called")
        return {"name": "user_name"}

    user = SQLAlchemyObjectType("User", User, aliases=aliases)
    assert not calls
    for _ in range(2):
        make_executable_schema(
            "type Query { users: [User!]! } type User { name: String! }",
            SQLAlchemyQueryType([user]),
            user,
        )
    assert calls == ["called"]


@on_sqlite
async def test_two_graphql_types_on_one_model_do_not_collide(prove: Prove) -> None:
    answers = await prove(
        "selection: two GraphQL types on one model",
        "eager",
        "{ posts { author { name } contact { name } } }",
        3,
    )
    assert answers[0].data["posts"][0] == {
        "author": {"name": "user0"},
        "contact": {"name": "User 0"},
    }


@on_every_server
async def test_id_arguments_have_the_type_of_their_column(prove: Prove) -> None:
    answers = await prove(
        "keys of UUID, date and custom types",
        "eager",
        "query ($id: ID!) { account(id: $id) { name } }",
        1,
        id="00000000-0000-0000-0000-000000000065",
    )
    assert answers[0].data["account"] == {"name": "1"}


@on_every_server
async def test_id_arguments_of_integer_columns_are_integers(prove: Prove) -> None:
    answers = await prove("one-to-many", "eager", '{ author(id: "101") { name } }', 1)
    assert answers[0].data["author"] == {"name": "author 1"}


def test_argument_that_nothing_can_use_is_reported() -> None:
    user = SQLAlchemyObjectType("User", User)
    with pytest.warns(UnusedArgumentWarning, match=r"'limit' of 'Query\.users'"):
        make_executable_schema(
            "type Query { users(limit: Int): [User!]! } type User { id: ID! }",
            SQLAlchemyQueryType([user]),
            user,
        )


# Execution


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_everything_below_the_root_works_under_graphql_sync(blog: Any) -> None:
    query = QueryType()

    @query.field("posts")
    def posts(_: Any, info: Any) -> Any:
        statement = select(Post).order_by(Post.id)
        return info.context["session"].execute(statement).scalars().all()

    schema = make_executable_schema(BLOG, query, *object_types())

    def answered() -> Any:
        with blog.session_factory()() as session:
            return graphql_sync(
                schema,
                {"query": "{ posts { title author { user_name } tags { name } } }"},
                context_value={"session": session},
                extensions=[SQLAlchemyDataLoaderExtension],
            )

    with count_statements(blog.engine) as statements:
        success, response = await to_thread.run_sync(answered)
    assert success, response
    assert "errors" not in response
    statements.expect(3)
    assert response["data"]["posts"][2] == {
        "title": "post 2",
        "author": {"user_name": "user2"},
        "tags": [{"name": "tag 0"}],
    }


@on_every_server
async def test_sibling_root_fields_share_one_session(blog: Any) -> None:
    types = object_types()
    schema = make_executable_schema(BLOG, SQLAlchemyQueryType(types), *types)
    data = await answer(
        schema,
        "{ a: users { user_name } b: posts { title tags { name } }"
        " c: users { posts { author { user_name } } } }",
        blog.session_factory(),
    )
    assert [len(data[key]) for key in "abc"] == [3, 4, 3]


@on_every_server
async def test_sibling_manual_resolvers_share_one_session(blog: Any) -> None:
    query = QueryType()

    async def rows(info: Any, model: Any) -> Any:
        statement = select(model).order_by(model.id)
        result = await runner.finished(info.context["session"].execute(statement))
        return result.scalars().all()

    query.set_field("users", lambda _, info: rows(info, User))
    query.set_field("posts", lambda _, info: rows(info, Post))
    schema = make_executable_schema(BLOG, query, *object_types())
    options = {"class_": SerializedAsyncSession} if blog.is_async else {}
    with count_statements(blog.counted_engine) as statements:
        data = await answer(
            schema,
            "{ users { posts { title } } posts { author { user_name } tags { name } }"
            " again: users { user_name } }",
            blog.session_factory(**options),
        )
    assert [len(data[key]) for key in ("users", "posts", "again")] == [3, 4, 3]
    assert len(statements) <= 6, statements


class OtherRegistry(LoaderRegistry):
    """A registry of the user's own."""


class OtherObjectType(SQLAlchemyObjectType):
    """Reads the registry where the guide puts it."""

    @staticmethod
    def get_loader_registry_from_context(context: Any) -> LoaderRegistry:
        registry = context["loaders"]
        assert type(registry) is OtherRegistry
        return registry


@on_sqlite
async def test_configured_extension_and_registry_class_are_taken(blog: Any) -> None:
    query = QueryType()

    @query.field("posts")
    async def posts(_: Any, info: Any) -> Any:
        statement = select(Post).order_by(Post.id)
        result = await runner.finished(info.context["db"].execute(statement))
        return result.scalars().all()

    schema = make_executable_schema(
        BLOG,
        query,
        OtherObjectType("User", User),
        OtherObjectType("Post", Post),
        OtherObjectType("Tag", Tag),
    )
    extension = SQLAlchemyDataLoaderExtension(
        session_key="db", registry_key="loaders", registry_class=OtherRegistry
    )
    for _ in range(2):
        data = await answer(
            schema,
            "{ posts { author { user_name } } }",
            blog.session_factory(),
            [extension],
            "db",
        )
        assert data["posts"][0] == {"author": {"user_name": "user0"}}


class ShortTitles(SQLAlchemyObjectType):
    """A filter that holds wherever the rows come from."""

    def get_base_query(self, info: Any, **kwargs: Any) -> Select[Any]:
        return select(self.model).options(
            with_loader_criteria(Post, Post.title != "post 1")
        )


@on_sqlite
async def test_filter_of_the_base_query_can_hold_below_the_root(blog: Any) -> None:
    types = [
        ShortTitles("User", User),
        ShortTitles("Post", Post),
        SQLAlchemyObjectType("Tag", Tag),
    ]
    schema = make_executable_schema(BLOG, SQLAlchemyQueryType(types), *types)
    data = await answer(
        schema, "{ users { posts { title } } posts { title } }", blog.session_factory()
    )
    assert data["users"][0]["posts"] == [{"title": "post 0"}]
    assert "post 1" not in [post["title"] for post in data["posts"]]
