import asyncio
import gc
import json
import logging

import pytest
from aiodataloader import DataLoader
from ariadne import MutationType, ObjectType, QueryType, graphql, graphql_sync
from ariadne import make_executable_schema as executable
from sqlalchemy import Column, ForeignKey, String, Table, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    subqueryload,
)

from ariadne_sqla import (
    LoaderRegistry,
    MissingSessionError,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyDebugExtension,
    SQLAlchemyExecutionContext,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    auto_eager_load,
)
from ariadne_sqla.routes import current_route
from sqla_loaders import run


class Base(DeclarativeBase):
    type_annotation_map = {str: String(50)}  # noqa: RUF012  # MariaDB wants a length


post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "users"
    shout = latest = None  # resolvers of some tests give it

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(back_populates="author")
    others: Mapped[list["Post"]] = relationship(viewonly=True)

    @property
    def post_count(self):
        return count_of_posts(self)


def count_of_posts(user):
    """Count them where the property's own code does not say that it reads them."""
    return len(user.posts)


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")
    tags: Mapped[list["Tag"]] = relationship(secondary=post_tags)


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


SDL = """
type Query {
  users: [User!]!
  user(id: ID): User
  posts: [Post!]!
  published: [Post!]!
  loaded: [Post!]!
  page: Page
  rename: Int
  route: String
}
type Page { items: [Post!]! }
type User {
  username: String
  postCount: Int
  shout: String
  posts: [Post!]!
  others: [Post!]!
  latest: Post
}
type Post { id: ID title: String author: User writer: User tags: [Tag!]! }
type Tag { name: String }
"""

query = QueryType()
users = ObjectType("User")


@query.field("published")
def resolve_published(_, info):
    stmt = select(Post).order_by(Post.id)
    return run(info.context["session"], lambda s: s.scalars(stmt).all())


@query.field("loaded")
def resolve_loaded(_, info):
    stmt = auto_eager_load(select(Post), info, Post)
    return run(info.context["session"], lambda s: s.scalars(stmt).all())


@query.field("page")
def resolve_page(_, info):
    stmt = select(Post).order_by(Post.id)
    return run(info.context["session"], lambda s: {"items": s.scalars(stmt).all()})


@query.field("rename")
def resolve_rename(_, info):
    stmt = update(User).values(username="x")
    return run(info.context["session"], lambda s: s.execute(stmt).rowcount)


@query.field("route")
def resolve_route(*_):
    return current_route()


@users.field("shout")
def resolve_shout(user, _):
    return user.posts[0].title.upper()


def latest_of(user, info):
    stmt = select(Post).where(Post.author_id == user.id)
    return run(info.context["session"], lambda s: s.scalar(stmt))


types = [
    SQLAlchemyObjectType("User", User),
    SQLAlchemyObjectType(
        "Post",
        Post,
        aliases={"writer": "author"},
        strategies={"tags": subqueryload},
    ),
    SQLAlchemyObjectType("Tag", Tag),
]
schema = executable(SDL, SQLAlchemyQueryType(types), *types, query, users)
narrow_schema = executable(
    SDL, SQLAlchemyQueryType(types, max_depth=20, max_levels=2), *types, query
)
deep_schema = executable(SDL, SQLAlchemyQueryType(types, max_depth=20), *types, query)


@pytest.fixture(autouse=True)
def rows(engine):
    fill(engine)


def all_nodes(node):
    yield node
    for child in node["children"]:
        yield from all_nodes(child)


def fill(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            User(
                id=number,
                username=f"user {number}",
                posts=[Post(title="a", tags=[Tag(name="x")])],
            )
            for number in (1, 2)
        )
        session.commit()


@pytest.fixture
def debug(execute):
    """Execute with the extension, and give what it adds to the response."""

    async def debug(document, variables=None, schema=schema, **options):
        result = await execute(
            schema,
            document,
            variables=variables,
            extensions=[SQLAlchemyDebugExtension(**options)],
        )
        debug.result = result
        return json.loads(json.dumps(result["extensions"]["sqla"]))

    return debug


class TestRequest:
    async def test_is_told_as_a_whole(self, debug):
        shown = await debug("{ users { username } }")

        assert shown["version"] == 1
        assert shown["database"] == "sqlite"
        assert shown["route"] == "eager"
        assert shown["duration_ms"] > 0
        assert shown["lazy_loads"] == []

    async def test_without_statements_shows_none(self, debug):
        shown = await debug("{ route }")

        assert shown["statements"] == []
        [field] = shown["fields"]
        assert (field["field"], field["route"]) == ("Query.route", "manual")


class TestFields:
    async def test_that_are_planned_show_their_plan(self, debug):
        shown = await debug("{ mine: posts { title w: writer { username } } }")

        [field] = shown["fields"]
        assert field == {
            "path": ["mine"],
            "field": "Query.posts",
            "route": "eager",
            "why": "The selection was planned ahead.",
            "plan": {
                "field": "",
                "type": "Post",
                "model": "Post",
                "attribute": None,
                "how": "root",
                "why": "The rows of the statement.",
                "columns": ["author_id", "id", "title"],
                "same_as": None,
                "children": [
                    {
                        "field": "w",
                        "type": "User",
                        "model": "User",
                        "attribute": "Post.author",
                        "how": "joinedload",
                        "why": "A scalar: joined into the statement of its owner.",
                        "columns": ["id", "username"],
                        "same_as": None,
                        "children": [],
                    }
                ],
            },
            "statements": [0],
        }

    async def test_show_how_each_relationship_was_loaded(self, debug):
        shown = await debug("{ posts { tags { name } author { posts { id } } } }")

        tags, author = shown["fields"][0]["plan"]["children"]
        assert (tags["how"], author["how"]) == ("subqueryload", "joinedload")
        [posts] = author["children"]
        assert (posts["how"], posts["attribute"]) == ("batch", "User.posts")
        assert posts["why"].startswith("A collection:")

    async def test_of_a_resolver_of_its_own_show_what_it_gave_and_lacked(self, debug):
        shown = await debug("{ published { title author { username } } }")

        plan = shown["fields"][0]["plan"]
        assert (plan["how"], plan["type"]) == ("resolver", "Post")
        assert plan["why"] == "What the field's own resolver gave."
        assert plan["columns"] == ["author_id", "id", "title"]
        [author] = plan["children"]
        assert (author["how"], author["why"]) == (
            "batch",
            "One statement for all owners.",
        )

    async def test_of_a_resolver_that_loads_all_show_that_nothing_was(self, debug):
        shown = await debug("{ loaded { author { username } } }")

        [field] = shown["fields"]
        assert (field["route"], field["statements"]) == ("manual", [0])
        [author] = field["plan"]["children"]
        assert (author["how"], author["why"]) == (
            "given",
            "The objects had it already.",
        )

    async def test_of_a_page_show_where_its_objects_are(self, debug):
        shown = await debug("{ page { items { author { username } } } }")

        plan = shown["fields"][0]["plan"]
        assert (plan["how"], plan["type"]) == ("resolver", "Page")
        [items] = plan["children"]
        assert (items["field"], items["type"], items["how"]) == (
            "items",
            "Post",
            "resolver",
        )
        assert [one["attribute"] for one in items["children"]] == ["Post.author"]

    async def test_show_a_level_that_many_ways_lead_to_once(self, debug):
        depth = 6
        fragments = [
            f"fragment U{n} on User {{ posts {{ ...P{n} }} others {{ ...P{n} }} }} "
            f"fragment P{n} on Post {{ author {{ ...U{n + 1} }} }}"
            for n in range(depth)
        ]
        shown = await debug(
            f"{{ users {{ ...U0 }} }} fragment U{depth} on User {{ username }} "
            + " ".join(fragments),
            schema=deep_schema,
        )

        plan = shown["fields"][0]["plan"]
        nodes = list(all_nodes(plan))
        assert len(nodes) == 1 + 3 * depth
        posts, others = plan["children"]
        assert (posts["same_as"], others["same_as"]) == (None, "posts")
        assert others["children"] == []
        assert len(nodes) == 1 + sum(len(node["children"]) for node in nodes)

    async def test_show_no_level_that_the_query_may_not_have(self, debug):
        shown = await debug(
            "{ user(id: 99) { posts { author { posts { title } } } } }",
            schema=narrow_schema,
        )

        assert debug.result["data"] == {"user": None}
        assert "errors" not in debug.result
        nodes = list(all_nodes(shown["fields"][0]["plan"]))
        assert [node["attribute"] for node in nodes] == [
            None,
            "User.posts",
            "Post.author",
        ]
        assert nodes[-1]["why"].startswith("The query takes more than max_levels=2")

    @pytest.mark.parametrize(
        ("route", "why"),
        [
            ("fallback", "Planning ahead is switched off for this request."),
            (
                "lazy",
                "Planning ahead is switched off for this request. So are batches. "
                "SQLAlchemy loads each relationship when it is read.",
            ),
        ],
    )
    async def test_tell_why_faster_ways_declined(self, debug, route, why):
        shown = await debug("{ users { username } }", route=route)

        assert [(one["route"], one["why"]) for one in shown["fields"]] == [(route, why)]

    async def test_with_resolvers_of_their_own_show_the_batches(self, debug):
        shown = await debug("{ published { author { username } tags { name } } }")

        root, *batches = shown["fields"]
        assert (root["field"], root["route"]) == ("Query.published", "fallback")
        assert root["why"] == (
            "The field has its own resolver: what its objects lack is batched."
        )
        assert {one["field"]: one["plan"]["how"] for one in batches} == {
            "Post.author": "batch",
            "Post.tags": "batch",
        }
        assert [len(one["statements"]) for one in batches] == [1, 1]

    async def test_of_the_fallback_tell_of_their_batches_why(self, debug):
        shown = await debug("{ posts { author { username } } }", route="fallback")

        root, batch = shown["fields"]
        why = "Planning ahead is switched off for this request."
        assert (root["field"], root["why"]) == ("Query.posts", why)
        assert (batch["field"], batch["why"]) == (
            "Post.author",
            f"{why} What the rows lack is batched.",
        )
        assert (root["statements"], batch["statements"]) == ([0, 1], [1])

    async def test_with_resolvers_of_their_own_say_that_the_rest_is_lazy(self, debug):
        shown = await debug("{ published { author { username } } }", route="lazy")

        assert shown["fields"][0]["why"] == (
            "The field has a resolver of its own, and what it returned was left to "
            "lazy loading."
        )

    async def test_that_fail_are_shown_too(self, debug):
        shown = await debug("{ users { posts { author { posts { id } } } } }")

        [field] = shown["fields"]
        assert (field["route"], field["plan"], field["statements"]) == (
            "manual",
            None,
            [],
        )

    async def test_count_the_calls_of_each_resolver(self, debug):
        shown = await debug("{ users { posts { title } } }")

        assert [(one["field"], one["calls"]) for one in shown["resolvers"]] == [
            ("Query.users", 1),
            ("User.posts", 2),
            ("Post.title", 2),
        ]
        assert all(one["duration_ms"] > 0 for one in shown["resolvers"])

    async def test_are_one_statement_where_that_is_the_json(self, execute):
        result = await execute(
            schema,
            "{ posts { title tags { name } } }",
            extensions=[SQLAlchemyDebugExtension],
            execution_context_class=SQLAlchemyExecutionContext,
        )

        [root] = result["extensions"]["sqla"]["fields"]
        [tags] = root["plan"]["children"]
        assert (root["route"], tags["how"]) == ("json", "json")


class TestStatements:
    async def test_tell_what_they_were_run_for(self, debug):
        shown = await debug("{ published { author { username } } }")

        manual, batch = shown["statements"]
        assert (manual["index"], batch["index"]) == (0, 1)
        assert manual["route"] == "manual"
        assert manual["path"] == ["published"]
        assert manual["field"] == "Query.published"
        assert batch["route"] == "fallback"
        assert batch["relationship"] == "Post.author"
        assert batch["path"] == ["published"]

    async def test_of_a_plan_name_the_relationship(self, debug):
        shown = await debug("{ users { posts { title } } }")

        assert [
            (one["route"], one["field"], one["relationship"])
            for one in shown["statements"]
        ] == [("eager", "Query.users", None), ("eager", "Query.users", "User.posts")]

    async def test_count_rows_and_take_time(self, debug):
        shown = await debug("{ users { posts { title } } }")

        assert [one["rows"] for one in shown["statements"]] == [2, 2]
        assert all(one["duration_ms"] >= 0 for one in shown["statements"])

    async def test_that_change_rows_count_them(self, debug):
        [statement] = (await debug("{ rename }"))["statements"]

        assert statement["rows"] == 2
        assert statement["sql"].startswith("UPDATE users")

    async def test_show_their_parameters(self, debug):
        [statement] = (await debug("{ user(id: 2) { username } }"))["statements"]

        assert 2 in statement["parameters"]

    async def test_can_be_redacted(self, debug):
        shown = await debug("{ user(id: 2) { username } }", parameters=False)

        [statement] = shown["statements"]
        assert statement["parameters"] is None
        assert "WHERE" in statement["sql"]

    async def test_are_explained_when_asked(self, debug):
        [statement] = (await debug("{ users { username } }"))["statements"]
        assert statement["explain"] is None

        shown = await debug("{ users { username posts { title } } }", explain=True)
        assert len(shown["statements"]) == 2
        assert all(
            isinstance(line, str) and "SCAN" in line
            for statement in shown["statements"][:1]
            for line in statement["explain"]
        )
        assert shown["statements"][0]["rows"] == 2

    def test_are_run_once_more_where_the_database_tells_what_they_took(self, database):
        fill(database.engine)
        with Session(database.engine) as session:
            _, result = graphql_sync(
                schema,
                {"query": "{ users { username } }"},
                context_value={"session": session},
                extensions=[SQLAlchemyDebugExtension(explain="analyze")],
            )

        [statement] = result["extensions"]["sqla"]["statements"]
        told = " ".join(statement["explain"])
        took = {"postgresql": "actual time=", "mysql": "r_rows: ", "sqlite": "SCAN"}
        assert took[database.engine.dialect.name.replace("mariadb", "mysql")] in told

    async def test_that_write_are_not_explained(self, debug):
        [statement] = (await debug("{ rename }", explain=True))["statements"]

        assert statement["explain"] is None


class TestLazyLoads:
    @pytest.fixture
    def session(self, engine):
        with Session(engine) as session:
            yield session

    def run(self, session, document, **options):
        return graphql_sync(
            schema,
            {"query": document},
            context_value={
                "session": session,
                "loader_registry": LoaderRegistry(session),
            },
            extensions=[SQLAlchemyDebugExtension(**options)],
        )[1]

    def test_of_a_property_are_told_with_a_hint(self, session):
        result = self.run(session, "{ users { postCount } }")

        shown = result["extensions"]["sqla"]
        assert shown["lazy_loads"] == [
            {
                "path": ["users", number, "postCount"],
                "field": "User.postCount",
                "attribute": "User.posts",
                "hint": "User.postCount reads it in Python: declare "
                "requires={'postCount': ['posts']} on the type 'User', with all else "
                "that it reads.",
                "statements": [number + 1],
            }
            for number in (0, 1)
        ]
        assert [one["path"] for one in shown["statements"]] == [
            ["users"],
            ["users", 0, "postCount"],
            ["users", 1, "postCount"],
        ]

    def test_of_a_resolver_are_told_with_a_hint(self, session):
        result = self.run(session, "{ users { shout } }")

        load = result["extensions"]["sqla"]["lazy_loads"][0]
        assert load["hint"] == (
            "The resolver of User.shout reads it: declare requires={'shout': "
            "['posts']} on the type 'User', with all else that it reads, or load it "
            "in the field's own statement."
        )

    def test_are_errors_in_strict_mode(self, session):
        result = self.run(session, "{ users { username shout } }", strict=True)

        assert result["data"]["users"] == [
            {"username": f"user {number}", "shout": None} for number in (1, 2)
        ]
        assert [error["path"] for error in result["errors"]] == [
            ["users", 0, "shout"],
            ["users", 1, "shout"],
        ]
        assert result["errors"][0]["message"] == (
            "User.posts was loaded lazily for User.shout. The resolver of User.shout "
            "reads it: declare requires={'shout': ['posts']} on the type 'User', with "
            "all else that it reads, or load it in the field's own statement."
        )

    @pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    @pytest.mark.parametrize(
        "database", ["aiosqlite", "asyncpg", "aiomysql"], indirect=True
    )
    async def test_on_an_async_session_are_told_once(self, database):
        fill(database.engine)
        async with AsyncSession(database.async_engine) as session:
            _, result = await graphql(
                schema,
                {"query": "{ users { shout } }"},
                context_value={"session": session},
                extensions=[SQLAlchemyDebugExtension()],
            )

        shown = result["extensions"]["sqla"]
        assert [one["shout"] for one in result["data"]["users"]] == ["A", "A"]
        assert [one["statements"] for one in shown["lazy_loads"]] == [[1], [2]]
        assert [one["index"] for one in shown["statements"]] == [0, 1, 2]
        assert all(one["rows"] for one in shown["statements"])
        gc.collect()  # aiosqlite's coroutine that nothing awaited

    def test_name_no_statement_in_strict_mode_which_runs_none(self, session):
        result = self.run(session, "{ users { shout } }", strict=True)

        shown = result["extensions"]["sqla"]
        assert [one["statements"] for one in shown["lazy_loads"]] == [[], []]
        assert len(shown["statements"]) == 1

    @pytest.mark.parametrize("strict", [False, True])
    def test_of_a_resolver_that_selects_for_each_object_are_told(self, session, strict):
        own = ObjectType("User")
        own.set_field("latest", latest_of)
        schema = executable(SDL, SQLAlchemyQueryType(types), *types, query, own)
        _, result = graphql_sync(
            schema,
            {"query": "{ users { latest { title } } }"},
            context_value={"session": session},
            extensions=[
                SQLAlchemyDataLoaderExtension,
                SQLAlchemyDebugExtension(strict=strict),
            ],
        )

        [load] = result["extensions"]["sqla"]["lazy_loads"]
        assert load["path"] == ["users", 1, "latest"]
        assert load["attribute"] == "Post"
        assert load["hint"] == (
            "The resolver of User.latest runs a statement for each object of a list. "
            "Map what it gives, as a relationship or a `column_property` of the model "
            "of 'User', and take the resolver out: an alias names it (aliases="
            "{'latest': …}). Or load it for all objects at once, by `get_loader` of "
            "`LoaderRegistry` or a DataLoader of your own."
        )
        latest = [one["latest"] for one in result["data"]["users"]]
        if strict:
            assert latest == [{"title": "a"}, None]
            assert load["statements"] == []
            [error] = result["errors"]
            assert error["message"] == (
                f"Post was selected once more for User.latest. {load['hint']}"
            )
        else:
            assert latest == [{"title": "a"}] * 2
            assert load["statements"] == [2]

    async def test_of_a_dataloader_of_the_application_are_none(self, session):
        class Counts(DataLoader):
            async def batch_load_fn(self, keys):
                posts = session.scalars(select(Post)).all()
                return [str(len(posts)) for _ in keys]

        own = ObjectType("User")
        own.set_field("shout", lambda user, info: info.context["counts"].load(user.id))
        schema = executable(SDL, SQLAlchemyQueryType(types), *types, query, own)
        _, result = await graphql(
            schema,
            {"query": "{ users { shout } }"},
            context_value={"session": session, "counts": Counts()},
            extensions=[SQLAlchemyDebugExtension(strict=True)],
        )

        assert [one["shout"] for one in result["data"]["users"]] == ["2", "2"]
        shown = result["extensions"]["sqla"]
        assert shown["lazy_loads"] == []
        assert [one["field"] for one in shown["statements"]] == [
            "Query.users",
            "User.shout",
        ]

    def test_are_none_where_everything_is_planned(self, session):
        result = self.run(
            session, "{ users { username posts { title } } }", strict=True
        )

        assert "errors" not in result
        assert result["extensions"]["sqla"]["lazy_loads"] == []

    def test_have_the_route_of_a_lazy_load(self, session):
        result = self.run(session, "{ users { postCount } }")

        shown = result["extensions"]["sqla"]["statements"]
        assert [one["route"] for one in shown] == ["eager", "lazy", "lazy"]

    def test_are_errors_on_the_lazy_route_in_strict_mode(self, session):
        result = self.run(
            session, "{ users { posts { title } } }", route="lazy", strict=True
        )

        shown = result["extensions"]["sqla"]
        assert [one["path"] for one in result["errors"]] == [["users", 0, "posts"]]
        assert result["errors"][0]["message"] == (
            "User.posts was loaded lazily for User.posts. On the lazy route nothing is "
            "loaded ahead: take another one."
        )
        assert shown["lazy_loads"][0]["attribute"] == "User.posts"
        assert len(shown["statements"]) == 1

    def test_are_none_on_the_lazy_route(self, session):
        result = self.run(session, "{ users { posts { title } } }", route="lazy")

        shown = result["extensions"]["sqla"]
        assert "errors" not in result
        assert shown["lazy_loads"] == []
        assert shown["route"] == "lazy"
        assert len(shown["statements"]) == 1 + 2


class TestRoutes:
    @pytest.mark.parametrize("route", ["eager", "fallback", "lazy"])
    async def test_are_in_force_for_the_request(self, debug, route):
        shown = await debug("{ route }", route=route)

        assert debug.result["data"] == {"route": route}
        assert shown["route"] == route
        assert current_route() == "eager"

    @pytest.mark.parametrize("route", ["eager", "fallback", "lazy"])
    async def test_give_the_same_data(self, debug, route):
        shown = await debug("{ users { posts { title } } }", route=route)

        assert debug.result["data"]["users"] == [{"posts": [{"title": "a"}]}] * 2
        assert shown["fields"][0]["route"] == route


class TestExtension:
    @pytest.mark.parametrize(
        "extension", [SQLAlchemyDebugExtension, SQLAlchemyDebugExtension()]
    )
    async def test_may_be_the_class_or_an_instance(self, execute, extension):
        result = await execute(schema, "{ users { username } }", extensions=[extension])

        assert len(result["extensions"]["sqla"]["statements"]) == 1

    async def test_of_an_instance_is_not_shared_by_requests(self, async_engine):
        extension = SQLAlchemyDebugExtension()

        async def request(document):
            async with AsyncSession(async_engine) as session:
                _, result = await graphql(
                    schema,
                    {"query": document},
                    context_value={"session": session},
                    extensions=[extension],
                )
            return [one["field"] for one in result["extensions"]["sqla"]["statements"]]

        found = await asyncio.gather(
            *(
                request(document)
                for document in (
                    "{ users { username } }",
                    "{ posts { title tags { name } } }",
                    "{ users { username } }",
                )
            )
        )
        assert found == [
            ["Query.users"],
            ["Query.posts", "Query.posts"],
            ["Query.users"],
        ]

    async def test_stands_beside_the_loaders(self, execute):
        result = await execute(
            schema,
            "{ published { author { username } } }",
            context={"session": execute.session},
            extensions=[SQLAlchemyDataLoaderExtension, SQLAlchemyDebugExtension],
        )

        assert len(result["extensions"]["sqla"]["statements"]) == 2

    async def test_records_nothing_when_the_request_is_over(self, execute):
        extension = SQLAlchemyDebugExtension()
        result = await execute(schema, "{ users { username } }", extensions=[extension])
        await execute(schema, "{ users { username } }")

        assert len(result["extensions"]["sqla"]["statements"]) == 1

    def test_finds_the_session_under_its_key(self, engine):
        with Session(engine) as session:
            _, result = graphql_sync(
                schema,
                {"query": "{ route }"},
                context_value={"db": session},
                extensions=[SQLAlchemyDebugExtension(session_key="db")],
            )
        assert result["extensions"]["sqla"]["database"] == "sqlite"

    @pytest.mark.parametrize("context", [{}, {"session": None}, None])
    def test_says_that_the_session_is_missing(self, context):
        with pytest.raises(MissingSessionError) as error:
            graphql_sync(
                schema,
                {"query": "{ route }"},
                context_value=context,
                extensions=[SQLAlchemyDebugExtension],
            )

        assert str(error.value) == (
            "SQLAlchemyDebugExtension finds no session in the GraphQL context under "
            "'session'. Say where it is: `session_key=…`."
        )

    def test_takes_a_session_with_an_engine_for_each_model(self, engine):
        with Session(binds={Base: engine}) as session:
            _, result = graphql_sync(
                schema,
                {"query": "{ users { username } }"},
                context_value={"session": session},
                extensions=[SQLAlchemyDebugExtension],
            )

        assert len(result["data"]["users"]) == 2
        assert len(result["extensions"]["sqla"]["statements"]) == 1


def _add(session):
    session.add(User(username="eve"))


def _flush(session):
    session.add(User(username="eve"))
    session.flush()


def _change(session):
    session.get(User, 1).username = "eve"


def _update(session):
    session.execute(update(User).values(username="eve"))


UNCOMMITTED = (
    "Changes of User were neither committed nor rolled back when the answer was made: "
    "they are lost when the session is closed. Call `session.commit()` in the resolver."
)


@pytest.mark.parametrize("ends", ["", "commit", "rollback", "savepoint"])
@pytest.mark.parametrize("write", [_add, _flush, _change, _update])
def test_what_a_mutation_does_not_commit_is_warned_of(engine, caplog, write, ends):
    mutation = MutationType()

    @mutation.field("write")
    def resolve(_, info):
        session = info.context["session"]
        if ends == "savepoint":
            with session.begin_nested():
                write(session)
        else:
            write(session)
        if ends in ("commit", "rollback"):
            getattr(session, ends)()
        return True

    sdl = "type Query { x: Int } type Mutation { write: Boolean }"
    with Session(engine) as session, caplog.at_level(logging.WARNING, "ariadne_sqla"):
        graphql_sync(
            executable(sdl, mutation),
            {"query": "mutation { write }"},
            context_value={"session": session},
            extensions=[SQLAlchemyDebugExtension()],
        )

    is_ended = ends in ("commit", "rollback")
    assert caplog.messages == ([] if is_ended else [UNCOMMITTED])
