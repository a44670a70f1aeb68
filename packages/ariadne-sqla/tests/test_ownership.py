"""Whatever wraps or replaces a resolver is called, for every row, and is planned."""

from functools import wraps
from inspect import isawaitable

import pytest
from ariadne import (
    InterfaceType,
    ObjectType,
    SchemaDirectiveVisitor,
    make_executable_schema,
)
from ariadne.contrib.federation import make_federated_schema
from ariadne.resolvers import resolve_to
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    build_schema,
    default_field_resolver,
    extend_schema,
    parse,
)
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from ariadne_sqla import (
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    auto_eager_load,
)
from ariadne_sqla.ownership import (
    application_resolver,
    is_default,
    is_ours,
    own,
    path_of_alias,
    path_set_by_us,
)
from sqla_loaders import run
from sqla_loaders.testing import count_statements

from .blog import Base, Post, Tag, User

SDL = """
directive @seen on FIELD_DEFINITION
directive @twice on FIELD_DEFINITION
type Query { posts: [Post!]! manual: [Post!]! auto: [Post!]! }
interface Titled {
  title: String author: User writer: User tags: [Tag!] longText: String
}
type Post implements Titled KEY {
  id: ID! title: String author: User writer: User tags: [Tag!] longText: String
}
type User { id: ID name: String }
type Tag { name: String }
"""
KINDS = ("plain", "interface", "federated")
SELECTIONS = {
    "title": "title",
    "longText": "longText",
    "author": "author { name }",
    "writer": "writer { name }",
    "tags": "tags { name }",
}
ANSWERS = {
    "title": ["a", "b", "c"],
    "longText": ["long"] * 3,
    "author": [{"name": "ada"}, {"name": "bob"}, {"name": "ada"}],
    "writer": [{"name": "ada"}, {"name": "bob"}, {"name": "ada"}],
    "tags": [[{"name": "x"}, {"name": "y"}], [{"name": "x"}], []],
}
STATEMENTS = {
    # The eager path and `auto_eager_load` join scalars; what a manual resolver gave is
    # completed, with one statement for each relationship.
    "posts": {"title": 1, "longText": 1, "author": 1, "writer": 1, "tags": 2},
    "auto": {"title": 1, "longText": 1, "author": 1, "writer": 1, "tags": 2},
    "manual": {"title": 1, "longText": 2, "author": 2, "writer": 2, "tags": 2},
}


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        x, y = Tag(name="x"), Tag(name="y")
        ada, bob = User(name="ada"), User(name="bob")
        session.add_all(
            [
                Post(id=1, title="a", author=ada, tags=[x, y]),
                Post(id=2, title="b", author=bob, tags=[x]),
                Post(id=3, title="c", author=ada),
            ]
        )
        session.commit()


@pytest.fixture
def calls():
    """The ids of the posts that a resolver of the application's own was called for."""
    return []


def schema_of(sdl, *bindables, kind="interface", first=(), **options):
    """Return a schema with *bindables* bound after ours, those of *first* before."""
    if kind != "interface":
        sdl = sdl.replace("implements Titled", "")
    make = make_executable_schema
    if kind == "federated":
        make = make_federated_schema
    sdl = sdl.replace("KEY", '@key(fields: "id")' if kind == "federated" else "")
    types = [
        SQLAlchemyObjectType("Post", Post, aliases={"writer": "author"}),
        SQLAlchemyObjectType("User", User),
        SQLAlchemyObjectType("Tag", Tag),
    ]
    query = SQLAlchemyQueryType(types)
    statement = select(Post).order_by(Post.id)

    @query.field("manual")
    def resolve_manual(_, info):
        return run(info.context["session"], lambda s: s.scalars(statement).all())

    @query.field("auto")
    def resolve_auto(_, info):
        stmt = auto_eager_load(statement, info, Post)
        return run(info.context["session"], lambda s: s.scalars(stmt).all())

    return make(sdl, *first, query, *types, *bindables, **options)


def seeing(calls, original, *, is_async=False, has_wraps=False):
    """Return a wrapper around *original*, as Ariadne's guide to directives has it."""
    original = original or default_field_resolver

    def resolve(post, info, **kwargs):
        calls.append(post.id)
        return original(post, info, **kwargs)

    async def resolve_async(post, info, **kwargs):
        calls.append(post.id)
        value = original(post, info, **kwargs)
        return await value if isawaitable(value) else value

    wrapper = resolve_async if is_async else resolve
    return wraps(original)(wrapper) if has_wraps else wrapper


def directive(calls, **kwargs):
    class Seen(SchemaDirectiveVisitor):
        def visit_field_definition(self, field, object_type):
            field.resolve = seeing(calls, field.resolve, **kwargs)
            return field

    return Seen


def replacing_directive(calls):
    class Seen(SchemaDirectiveVisitor):
        def visit_field_definition(self, field, object_type):
            kwargs = {**field.to_kwargs(), "resolve": seeing(calls, field.resolve)}
            return GraphQLField(**kwargs)

    return Seen


def marked(directives="@seen"):
    """Return the document with *directives* on all fields of `Post` but `id`."""
    head, fields = SDL.split("  id: ID! title")
    fields, tail = fields.split("\n}\n", 1)
    for type_ in ("String", "User", "[Tag!]"):
        fields = fields.replace(type_, f"{type_} {directives}")
    return f"{head}  id: ID! title{fields}\n}}\n{tail}"


async def assert_called(execute, schema, calls, *fields, times=1):
    """Assert answers, calls and statements: of each field, on each path, twice."""
    for root in STATEMENTS:
        for field in fields or SELECTIONS:
            for _ in range(2):  # the second request meets what the first has derived
                calls.clear()
                execute.session.expunge_all()
                document = f"{{ {root} {{ {SELECTIONS[field]} }} }}"
                with count_statements(execute.engine) as statements:
                    result = await execute(schema, document)

                assert "errors" not in result, (root, result["errors"])
                answer = [post[field] for post in result["data"][root]]
                assert answer == ANSWERS[field], root
                assert sorted(calls) == sorted([1, 2, 3] * times), (root, field)
                statements.expect(STATEMENTS[root][field])


@pytest.mark.parametrize("kind", KINDS)
class TestDirectives:
    @pytest.mark.parametrize("has_wraps", [True, False], ids=["wraps", "bare"])
    async def test_are_called_for_each_row(self, execute, calls, kind, has_wraps):
        visitor = directive(calls, has_wraps=has_wraps)
        schema = schema_of(marked(), kind=kind, directives={"seen": visitor})

        await assert_called(execute, schema, calls)

    @pytest.mark.parametrize("has_wraps", [True, False], ids=["wraps", "bare"])
    async def test_may_be_coroutines(self, execute, calls, kind, has_wraps):
        if execute.way == "graphql_sync":
            pytest.skip("a synchronous execution has no coroutines")
        visitor = directive(calls, is_async=True, has_wraps=has_wraps)
        schema = schema_of(marked(), kind=kind, directives={"seen": visitor})

        await assert_called(execute, schema, calls)

    async def test_may_be_two_on_one_field(self, execute, calls, kind):
        schema = schema_of(
            marked("@seen @twice"),
            kind=kind,
            directives={
                "seen": directive(calls),
                "twice": directive(calls, has_wraps=True),
            },
        )

        await assert_called(execute, schema, calls, times=2)

    async def test_may_replace_the_field(self, execute, calls, kind):
        schema = schema_of(
            marked(),
            kind=kind,
            directives={"seen": replacing_directive(calls)},
        )

        await assert_called(execute, schema, calls)

    async def test_are_called_with_converted_names(self, execute, calls, kind):
        schema = schema_of(
            marked(),
            kind=kind,
            directives={"seen": directive(calls, has_wraps=True)},
            convert_names_case=True,
        )

        await assert_called(execute, schema, calls)

    async def test_are_called_after_the_schema_was_extended(self, execute, calls, kind):
        schema = schema_of(marked(), kind=kind, directives={"seen": directive(calls)})
        schema = extend_schema(schema, parse("extend type Query { more: Int }"))

        await assert_called(execute, schema, calls)


@pytest.mark.parametrize("kind", KINDS)
class TestResolversSetByCode:
    async def test_after_the_schema_was_made(self, execute, calls, kind):
        schema = schema_of(SDL, kind=kind)
        for field in SELECTIONS:
            definition = schema.type_map["Post"].fields[field]
            definition.resolve = seeing(calls, definition.resolve, has_wraps=True)

        await assert_called(execute, schema, calls)

    async def test_after_requests_were_served(self, execute, calls, kind):
        schema = schema_of(SDL, kind=kind)
        documents = {field: f"{{ id {it} }}" for field, it in SELECTIONS.items()}
        for document in documents.values():
            assert "errors" not in await execute(schema, f"{{ posts {document} }}")
        for field, document in documents.items():
            definition = schema.type_map["Post"].fields[field]
            definition.resolve = seeing(calls, definition.resolve)
            for root in STATEMENTS:
                calls.clear()
                result = await execute(schema, f"{{ {root} {document} }}")
                assert [post[field] for post in result["data"][root]] == ANSWERS[field]
                assert sorted(calls) == [1, 2, 3]

    NAMES = ("title", "author", "tags")

    @pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
    async def test_of_an_object_type(self, execute, calls, kind, is_before):
        own = ObjectType("Post")
        for name in self.NAMES:
            own.set_field(name, seeing(calls, resolve_to(name), has_wraps=True))
        order = {"first": [own]} if is_before else {}
        schema = schema_of(SDL, *([] if is_before else [own]), kind=kind, **order)

        await assert_called(execute, schema, calls, *self.NAMES)

    @pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
    async def test_of_an_interface(self, execute, calls, kind, is_before):
        own = InterfaceType("Titled", lambda *_: "Post")
        for name in self.NAMES:
            own.set_field(name, seeing(calls, resolve_to(name)))
        order = {"first": [own]} if is_before else {}
        schema = schema_of(SDL, *([] if is_before else [own]), kind=kind, **order)

        times = 1 if kind == "interface" else 0
        await assert_called(execute, schema, calls, *self.NAMES, times=times)


class TestInterfaces:
    """What is on a field of an interface beside what an `InterfaceType` sets there."""

    ON_BOTH = SDL.replace("title: String", "title: String @seen")
    ON_INTERFACE = SDL.replace("title: String", "title: String @seen", 1)

    async def test_a_directive_on_both_is_applied_once(self, execute, calls):
        schema = schema_of(self.ON_BOTH, directives={"seen": directive(calls)})

        await assert_called(execute, schema, calls, "title")

    async def test_a_directive_on_the_interface_alone_is_not_applied(
        self, execute, calls
    ):
        schema = schema_of(self.ON_INTERFACE, directives={"seen": directive(calls)})

        await assert_called(execute, schema, calls, "title", times=0)

    @pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
    async def test_a_directive_is_applied_around_the_resolver_of_an_interface(
        self, execute, calls, is_before
    ):
        own = InterfaceType("Titled", lambda *_: "Post")
        own.set_field("title", seeing(calls, None))
        order = {"first": [own]} if is_before else {}
        schema = schema_of(
            self.ON_BOTH,
            *([] if is_before else [own]),
            directives={"seen": directive(calls)},
            **order,
        )

        await assert_called(execute, schema, calls, "title", times=2)

    async def test_an_interface_type_without_resolvers_changes_nothing(
        self, execute, calls
    ):
        own = InterfaceType("Titled", lambda *_: "Post")
        schema = schema_of(self.ON_BOTH, own, directives={"seen": directive(calls)})

        await assert_called(execute, schema, calls, "title")

    @pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
    async def test_an_alias_of_an_interface_is_planned(self, execute, is_before):
        own = InterfaceType("Titled", lambda *_: "Post")
        own.set_alias("title", "long_text")
        order = {"first": [own]} if is_before else {}
        schema = schema_of(SDL, *([] if is_before else [own]), **order)

        with count_statements(execute.engine) as statements:
            result = await execute(schema, "{ posts { title } }")

        assert result["data"]["posts"] == [{"title": "long"}] * 3
        statements.expect(1)


class TestProtection:
    """A wrapper that refuses: nothing of the value is answered, on any path."""

    @pytest.mark.parametrize("has_wraps", [True, False], ids=["wraps", "bare"])
    @pytest.mark.parametrize("kind", KINDS)
    async def test_a_refused_field_is_null_in_every_row(self, execute, kind, has_wraps):
        class Auth(SchemaDirectiveVisitor):
            def visit_field_definition(self, field, object_type):
                original = field.resolve

                def resolve(post, info, **kwargs):
                    msg = "not allowed"
                    raise PermissionError(msg)

                field.resolve = wraps(original)(resolve) if has_wraps else resolve
                return field

        schema = schema_of(marked(), kind=kind, directives={"seen": Auth})
        for root in STATEMENTS:
            result = await execute(schema, f"{{ {root} {{ title }} }}")

            assert result["data"] == {root: [{"title": None}] * 3}
            assert [error["message"] for error in result["errors"]] == [
                "not allowed"
            ] * 3

    async def test_a_wrapper_around_an_alias_of_ariadne_is_no_alias(
        self, execute, calls
    ):
        own = ObjectType("Post")
        own.set_field("title", seeing(calls, resolve_to("title"), has_wraps=True))
        schema = schema_of(SDL, own)

        await assert_called(execute, schema, calls, "title")

    async def test_a_wrapper_may_read_more_than_it_wraps(self, execute):
        class WithAuthor(SchemaDirectiveVisitor):
            def visit_field_definition(self, field, object_type):
                original = field.resolve

                @wraps(original)
                def resolve(post, info, **kwargs):
                    return f"{original(post, info, **kwargs)} by {post.author_id}"

                field.resolve = resolve
                return field

        schema = schema_of(marked(), directives={"seen": WithAuthor})
        for root in STATEMENTS:
            execute.session.expunge_all()
            with count_statements(execute.engine) as statements:
                result = await execute(schema, f"{{ {root} {{ title }} }}")
            assert result["data"][root][1] == {"title": "b by 2"}
            statements.expect(1)


class TestOwnership:
    def definition(self, resolver=None):
        field = build_schema("type Query { title: String }").type_map["Query"]
        assert isinstance(field, GraphQLObjectType)
        field.fields["title"].resolve = resolver
        return field.fields["title"]

    def test_is_of_the_field_and_not_of_the_function(self):
        definition = self.definition()

        def resolver(post, info):
            return post.title

        own(definition, resolver, "title")
        assert is_ours(definition)
        assert path_set_by_us(definition) == "title"
        assert application_resolver(definition) is None

        wrapper = wraps(resolver)(lambda post, info: resolver(post, info))
        definition.resolve = wrapper
        assert not is_ours(definition)
        assert path_set_by_us(definition) == "title"
        assert application_resolver(definition) is wrapper

        definition.resolve = resolver
        assert is_ours(definition)

    @pytest.mark.parametrize(
        "resolver", [None, default_field_resolver, resolve_to("a.b")]
    )
    def test_of_defaults_is_nobodys(self, resolver):
        definition = self.definition(resolver)

        assert is_default(definition)
        assert not is_ours(definition)
        assert application_resolver(definition) is None

    def test_path_of_an_alias_is_what_it_reads(self):
        assert path_of_alias(resolve_to("author.name")) == "author.name"
        assert path_of_alias(default_field_resolver) is None
        assert path_of_alias(None) is None
        assert path_of_alias(wraps(resolve_to("a"))(lambda *_: None)) is None

    def test_of_a_bound_type_says_what_its_resolvers_read(self):
        fields = schema_of(SDL).type_map["Post"].fields

        assert all(is_ours(fields[name]) for name in SELECTIONS)
        assert path_set_by_us(fields["writer"]) == "author"
        assert path_set_by_us(fields["longText"]) == "long_text"
        assert inspect(Post).relationships.keys() == ["author", "tags"]


class TestRootFields:
    @pytest.mark.parametrize("has_wraps", [True, False], ids=["wraps", "bare"])
    async def test_may_be_wrapped(self, execute, calls, has_wraps):
        class Counted(SchemaDirectiveVisitor):
            def visit_field_definition(self, field, object_type):
                original = field.resolve

                def resolve(root, info, **kwargs):
                    calls.append(info.field_name)
                    return original(root, info, **kwargs)

                field.resolve = wraps(original)(resolve) if has_wraps else resolve
                return field

        sdl = SDL
        for root in STATEMENTS:
            sdl = sdl.replace(f"{root}: [Post!]!", f"{root}: [Post!]! @seen", 1)
        schema = schema_of(sdl, directives={"seen": Counted})

        for root in STATEMENTS:
            calls.clear()
            execute.session.expunge_all()
            with count_statements(execute.engine) as statements:
                result = await execute(
                    schema, f"{{ {root} {{ {SELECTIONS['tags']} }} }}"
                )
            answer = [post["tags"] for post in result["data"][root]]
            assert answer == ANSWERS["tags"]
            assert calls == [root]
            statements.expect(2)

    async def test_may_be_replaced(self, execute):
        query = ObjectType("Query")
        query.set_field("posts", lambda *_: [Post(id=7, title="new")])

        result = await execute(schema_of(SDL, query), "{ posts { id title } }")

        assert result["data"]["posts"] == [{"id": "7", "title": "new"}]


class TestTypes:
    async def test_a_directive_on_a_type_may_wrap_all_its_fields(self, execute, calls):
        class Seen(SchemaDirectiveVisitor):
            def visit_object(self, object_):
                for name, field in object_.fields.items():
                    if name != "id":
                        field.resolve = seeing(calls, field.resolve, has_wraps=True)
                return object_

        sdl = SDL.replace("directive @seen on FIELD_DEFINITION", "")
        sdl = sdl.replace("Titled KEY", "Titled @seen KEY")
        schema = schema_of(
            f"directive @seen on OBJECT {sdl}", directives={"seen": Seen}
        )

        await assert_called(execute, schema, calls)

    async def test_one_type_may_be_bound_to_two_schemas(self, execute, calls):
        post = SQLAlchemyObjectType("Post", Post, aliases={"writer": "author"})
        types = [
            post,
            SQLAlchemyObjectType("User", User),
            SQLAlchemyObjectType("Tag", Tag),
        ]
        sdl = marked().replace("KEY", "")
        plain, wrapped = (
            make_executable_schema(
                sdl, SQLAlchemyQueryType(types), *types, directives=directives
            )
            for directives in (None, {"seen": directive(calls)})
        )

        for schema, called in ((plain, []), (wrapped, [1, 2, 3]), (plain, [])):
            calls.clear()
            result = await execute(schema, "{ posts { title tags { name } } }")
            assert [post["tags"] for post in result["data"]["posts"]] == ANSWERS["tags"]
            assert sorted(calls) == sorted(called * 2)


class TestResolversOfRelationships:
    """A resolver picks from the relationship that its field names, without a hint."""

    SDL = SDL.replace(
        "writer: User tags: [Tag!] longText: String\n}\ntype User",
        "writer: User tags(first: Int = 1): [Tag!] longText: String\n}\ntype User",
    )
    PICKED = ([{"name": "x"}], [{"name": "x"}], [])

    @pytest.mark.parametrize("is_coroutine", [False, True], ids=["def", "async def"])
    @pytest.mark.parametrize("hint", [None, ["tags"], ["tags", "title"]])
    async def test_take_one_statement_for_all(self, execute, is_coroutine, hint):
        if is_coroutine and execute.way == "graphql_sync":
            pytest.skip("a synchronous execution has no coroutines")

        def pick(post, info, first):
            return post.tags[:first]

        async def pick_async(post, info, first):
            return post.tags[:first]

        posts = SQLAlchemyObjectType(
            "Post",
            Post,
            aliases={"writer": "author"},
            requires=None if hint is None else {"tags": hint},
        )
        posts.set_field("tags", pick_async if is_coroutine else pick)
        types = [
            posts,
            SQLAlchemyObjectType("User", User),
            SQLAlchemyObjectType("Tag", Tag),
        ]
        query = SQLAlchemyQueryType(types)
        manual = ObjectType("Query")
        manual.set_field(
            "manual",
            lambda _, info: run(
                info.context["session"],
                lambda s: s.scalars(select(Post).order_by(Post.id)).all(),
            ),
        )
        schema = make_executable_schema(
            self.SDL.replace("KEY", ""), query, manual, *types
        )

        for root in ("posts", "manual"):
            execute.session.expunge_all()
            with count_statements(execute.engine) as statements:
                result = await execute(
                    schema, f"{{ {root} {{ tags(first: 1) {{ name }} }} }}"
                )
            assert "errors" not in result
            assert [post["tags"] for post in result["data"][root]] == list(self.PICKED)
            statements.expect(2)
