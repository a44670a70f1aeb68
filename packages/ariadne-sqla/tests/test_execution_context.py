"""Completed by functions: the same answer, and what graphql-core still executes."""

import pytest
from ariadne import QueryType, make_executable_schema
from ariadne.types import Extension
from sqlalchemy.orm import Session, selectinload

from ariadne_sqla import (
    SQLAlchemyExecutionContext,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    use_route,
)
from ariadne_sqla import executors as executors_module
from ariadne_sqla.finished import Finished, takes_finished
from ariadne_sqla.root_request import Declined
from sqla_selection.testing import count_statements

from .blog import Base, Post, Tag, User

pytestmark = pytest.mark.usefixtures("by_objects")

SDL = """
type Query { posts: [Post!]! post(id: ID): Post newest: [Post] any: [Any!]! }
type User { id: ID! name: String! posts: [Post!]! }
type Post {
  id: ID! title: String! longText: String author: User! tags: [Tag!]!
  shouted: String!
}
type Tag { id: Int! name: String posts: [Post!]! }
union Any = User | Post
"""


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        tags = [Tag(id=1, name="a"), Tag(id=2, name="b")]
        session.add_all(
            User(id=n, name=f"u{n}", posts=[Post(title=f"p{n}", tags=tags[:n])])
            for n in (1, 2)
        )
        session.commit()


def bound(*bindables):
    post = SQLAlchemyObjectType("Post", Post)
    post.set_field("shouted", lambda post, _: post.title.upper())
    types = [SQLAlchemyObjectType("User", User), post, SQLAlchemyObjectType("Tag", Tag)]
    return make_executable_schema(SDL, SQLAlchemyQueryType(types), *bindables, *types)


@pytest.fixture
def both(execute):
    """Execute with and without the class: the answers, and what of it is executed."""

    async def both(schema, document, **options):
        executed = []

        class Counting(SQLAlchemyExecutionContext):
            def build_resolve_info(self, field_def, nodes, parent_type, path):
                executed.append(f"{parent_type.name}.{path.key}")
                return super().build_resolve_info(field_def, nodes, parent_type, path)

        with count_statements(execute.engine) as statements:
            expected = await execute(schema, document, **options)
        before = len(statements)
        execute.session.expunge_all()
        with count_statements(execute.engine) as statements:
            result = await execute(
                schema, document, execution_context_class=Counting, **options
            )
        assert result == expected
        statements.expect(before)
        return result, executed

    return both


@pytest.mark.parametrize(
    ("document", "executed"),
    [
        ("{ posts { id title } }", []),
        (
            "{ posts { x: id x: id author { __typename name } tags { n: name id } } }",
            [],
        ),
        ("{ post(id: 1) { title longText author { posts { id } } } }", []),
        ("{ post(id: 7) { title } }", []),
        ("{ posts { __typename } }", []),
        ("{ posts { a: id b: title c: id d: title e: id f: tags { id } } }", []),
        ("{ posts { id title longText } }", []),
        ("{ any { ... on User { name } ... on Post { title author { name } } } }", []),
        (
            "{ posts { id shouted title author { name } } }",
            ["Post.shouted", "Post.shouted"],
        ),
        (
            "{ posts { title author { posts { s: shouted } } tags { id } } }",
            ["Post.author", "User.posts", "Post.s"] * 2,
        ),
    ],
)
async def test_what_attributes_have_is_not_executed(both, document, executed):
    query = QueryType()

    @query.field("any")
    def resolve_any(_, info):
        session = info.context["session"]
        options = [selectinload(Post.author)]
        if hasattr(session, "sync_session"):
            return session.run_sync(lambda sync: every(sync, options))
        return every(session, options)

    def every(session, options):
        return [
            *session.query(User).order_by(User.id),
            *session.query(Post).options(*options).order_by(Post.id),
        ]

    result, found = await both(bound(query), document)

    assert "errors" not in result
    assert [name for name in found if not name.startswith("Query.")] == executed


@pytest.mark.parametrize("route", ["eager", "fallback"])
async def test_below_resolvers_of_the_applications_own(both, route):
    query = QueryType()

    @query.field("newest")
    def resolve_newest(_, info):
        def work(session):
            posts = session.query(Post).order_by(Post.id.desc()).all()
            return [posts[0], None, *posts[1:]]

        session = info.context["session"]
        if hasattr(session, "sync_session"):
            return session.run_sync(work)
        return work(session)

    with use_route(route):
        result, executed = await both(
            bound(query), "{ newest { title tags { name } author { name } } }"
        )

    assert result["data"]["newest"][1] is None
    assert executed == ["Query.newest"]


class TestErrors:
    async def test_null_in_a_non_null_place_is_executed(self, both):
        def forgetful(_, info):
            def work(session):
                posts = session.query(Post).order_by(Post.id).all()
                session.expunge_all()
                posts[1].title = None
                return posts

            session = info.context["session"]
            if hasattr(session, "sync_session"):
                return session.run_sync(work)
            return work(session)

        query = QueryType()
        query.set_field("newest", forgetful)

        result, executed = await both(bound(query), "{ newest { id title } }")

        assert result["data"] == {"newest": [{"id": "1", "title": "p1"}, None]}
        assert result["errors"][0]["path"] == ["newest", 1, "title"]
        assert executed == ["Query.newest", "Post.title"]


class TestMiddleware:
    async def test_sees_every_field(self, both):
        seen = []

        def note(resolver, obj, info, /, **kwargs):
            seen.append(f"{info.parent_type.name}.{info.field_name}")
            return resolver(obj, info, **kwargs)

        await both(bound(), "{ posts { title } }", middleware=[note])

        assert seen == ["Query.posts", "Post.title", "Post.title"] * 2

    async def test_extensions_with_a_resolve_do_too(self, both):
        class Noting(Extension):
            pass

        _, executed = await both(
            bound(), "{ posts { title } }", extensions=[lambda: Noting()]
        )

        assert executed == ["Query.posts", "Post.title", "Post.title"]

    async def test_extensions_without_one_change_nothing(self, both):
        class Quiet(Extension):
            resolve = None

        _, executed = await both(
            bound(), "{ posts { title } }", extensions=[lambda: Quiet()]
        )

        assert executed == ["Query.posts"]


async def test_a_resolver_that_is_set_later_runs(both):
    schema = bound()
    await both(schema, "{ posts { title } }")

    schema.type_map["Post"].fields["title"].resolve = lambda *_: "later"
    result, executed = await both(schema, "{ posts { title } }")

    assert result["data"]["posts"] == [{"title": "later"}] * 2
    assert executed == ["Query.posts", "Post.title", "Post.title"]


async def test_an_executor_may_finish_a_root_field(execute, monkeypatch):
    def fixed(asked):
        if not takes_finished(asked.info):
            return Declined("Nobody knows what is finished.")
        if asked.root.is_list:
            return Finished([{"id": "9"}])
        return Finished({"id": "9"})

    every = (fixed, *executors_module.EXECUTORS)
    monkeypatch.setattr(executors_module, "EXECUTORS", every)
    document = "{ posts { id } one: post(id: 1) { id } }"

    result = await execute(
        bound(), document, execution_context_class=SQLAlchemyExecutionContext
    )
    usual = await execute(bound(), document)

    assert result == {"data": {"posts": [{"id": "9"}], "one": {"id": "9"}}}
    assert usual == {"data": {"posts": [{"id": "1"}, {"id": "2"}], "one": {"id": "1"}}}


class TestChosenRows:
    """Rows that arguments choose are no attribute's: the loaders keep them."""

    SDL = """
    type Query { users: [User!]! }
    type User {
      id: ID! name: String!
      posts(orderBy: [PostOrder!], limit: Int): [Post!]!
      postsConnection(orderBy: [PostOrder!], first: Int): PostConnection!
    }
    type Post { id: ID! title: String! author: User! }
    type PostConnection {
      edges: [PostEdge!]! nodes: [Post!]! pageInfo: PageInfo! totalCount: Int!
    }
    type PostEdge { node: Post! cursor: String! }
    type PageInfo {
      hasNextPage: Boolean! hasPreviousPage: Boolean!
      startCursor: String endCursor: String
    }
    enum PostOrder { TITLE_ASC TITLE_DESC }
    """

    @pytest.fixture
    def schema(self, engine):
        with Session(engine) as session:
            session.add_all(Post(title=f"{n}", author_id=1) for n in "xyz")
            session.commit()
        types = [SQLAlchemyObjectType("User", User), SQLAlchemyObjectType("Post", Post)]
        return make_executable_schema(self.SDL, SQLAlchemyQueryType(types), *types)

    @pytest.mark.parametrize(
        "below",
        [
            "posts(orderBy: TITLE_DESC, limit: 2) { title author { name } }",
            "a: posts(limit: 1) { id } b: posts(limit: 1, orderBy: TITLE_DESC) { id }",
            "c: postsConnection(first: 2) { totalCount edges { node { id } cursor } }",
            "postsConnection(first: 1) { nodes { title } pageInfo { hasNextPage } }",
            "postsConnection(first: 1) { __typename edges { node { __typename } } }",
        ],
    )
    async def test_are_read_where_they_are_kept(self, both, schema, below):
        result, executed = await both(schema, f"{{ users {{ name {below} }} }}")

        assert "errors" not in result
        assert executed == ["Query.users"]

    async def test_an_error_of_arguments_is_that_of_the_field(self, both, schema):
        result, _ = await both(schema, "{ users { name posts(limit: -1) { id } } }")

        assert {error["path"][-1] for error in result["errors"]} <= {"posts", "users"}
        assert result["errors"]


class TestWhatIsRead:
    SDL = """
    type Query { users: [User!]! }
    type User {
      id: ID! name: String! name_twice: String waits: String called: String
      first: [Post!]! posts: [Post!]!
    }
    type Post { id: ID! title: String }
    """

    @pytest.fixture
    def schema(self, monkeypatch):
        monkeypatch.setattr(User, "waits", None, raising=False)
        monkeypatch.setattr(
            User, "name_twice", property(lambda self: self.name * 2), raising=False
        )
        monkeypatch.setattr(
            User, "called", lambda self, info: f"{info.field_name}", raising=False
        )
        user = SQLAlchemyObjectType(
            "User",
            User,
            aliases={"first": "posts"},
            strategies={"first": lambda posts: selectinload(posts.and_(Post.id == 1))},
        )
        types = [user, SQLAlchemyObjectType("Post", Post)]
        return make_executable_schema(self.SDL, SQLAlchemyQueryType(types), *types)

    async def test_properties_are_asked_by_the_functions(self, both, schema):
        result, executed = await both(schema, "{ users { name_twice } }")

        assert result["data"]["users"] == [
            {"name_twice": "u1u1"},
            {"name_twice": "u2u2"},
        ]
        assert executed == ["Query.users"]

    async def test_methods_are_given_the_info_of_their_field(self, both, schema):
        result, executed = await both(schema, "{ users { name called } }")

        assert result["data"]["users"][0] == {"name": "u1", "called": "called"}
        assert executed == ["Query.users", "User.called", "User.called"]

    async def test_rows_that_a_strategy_leaves_are_the_fields_own(self, both, schema):
        result, executed = await both(schema, "{ users { first { id } posts { id } } }")

        assert [len(user["first"]) for user in result["data"]["users"]] == [1, 0]
        assert [len(user["posts"]) for user in result["data"]["users"]] == [1, 1]
        assert executed == ["Query.users"]
