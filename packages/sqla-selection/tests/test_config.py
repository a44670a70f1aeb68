import datetime
import enum
from typing import Any, NamedTuple

import pytest
from graphql import (
    GraphQLField,
    GraphQLString,
    build_schema,
    default_field_resolver,
    execute_sync,
    parse,
)
from sqlalchemy import JSON, ForeignKey
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    aliased,
    composite,
    joinedload,
    mapped_column,
    registry,
    relationship,
    selectinload,
    synonym,
)

from sqla_selection import (
    ConfigurationError,
    LoadStrategy,
    TypeConfig,
    TypeRegistry,
    collect,
    plan,
)
from sqla_selection.config import mapper_of, reads_by_default


class Base(DeclarativeBase):
    pass


class Place(NamedTuple):
    latitude: float
    longitude: float


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    login = synonym("username")
    posts: Mapped[list["Post"]] = relationship(back_populates="author")
    articles = synonym("posts")
    titles = association_proxy("posts", "title")
    readers = association_proxy("posts", "author")

    @property
    def initials(self):
        return self.username[0]


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    latitude: Mapped[float]
    longitude: Mapped[float]
    place = composite(Place, "latitude", "longitude")
    author: Mapped[User] = relationship(back_populates="posts")


def message_of(config):
    with pytest.raises(ConfigurationError) as error:
        config.validate()
    return str(error.value)


def planned(config, field, of="String"):
    """Validate a config, and return what a field of its type loads.

    As paths of attributes, and for each path of a relationship with a strategy that.
    """
    config.validate()
    schema = build_schema(
        f"type Query {{ all: [T] }} type T {{ {field}: {of} }} type Item {{ id: ID }}"
    )
    found = set(), {}

    def show(level, path):
        found[0].update(path + name for name in level.attributes)
        for edge in level.edges:
            if edge.strategy is not None:
                found[1][path + edge.key] = edge.strategy
            show(edge.target, f"{path}{edge.key}.")

    def resolve(_, info):
        types = TypeRegistry([config])
        show(plan(collect(info), config.model.__mapper__, types), "")

    below = "" if of == "String" else "{ id }"
    execute_sync(
        schema, parse(f"{{ all {{ {field} {below} }} }}"), field_resolver=resolve
    )
    return found


class TestValidate:
    @pytest.mark.parametrize(
        ("field", "of", "paths", "strategies"),
        [
            ("byline", "String", "author.id author.username author_id title", {}),
            (
                "deep",
                "String",
                "author.id author.posts.author.id author.posts.author.username"
                " author.posts.author_id author.posts.id author_id",
                {},
            ),
            ("now", "String", "", {}),
            ("writerName", "String", "author.id author.username author_id", {}),
            ("writer", "Item", "author.id author_id", {"author": joinedload}),
            ("author", "Item", "author.id author_id", {"author": joinedload}),
        ],
    )
    def test_accepts_what_the_model_has(self, field, of, paths, strategies):
        config = TypeConfig(
            "T",
            Post,
            aliases={"writer": "author", "writerName": "author.username"},
            strategies={"writer": joinedload, "author": joinedload},
            requires={
                "byline": ["author.initials", "title"],
                "deep": ["author.posts.author.username"],
                "now": [],
            },
        )

        assert planned(config, field, of) == ({"id", *paths.split()}, strategies)

    def test_a_strategy_may_be_for_a_field_in_camel_case(self):
        class Parent(Base):
            __tablename__ = "parents"

            id: Mapped[int] = mapped_column(primary_key=True)
            post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
            first_post: Mapped[Post] = relationship()

        config = TypeConfig("T", Parent, strategies={"firstPost": joinedload})

        assert planned(config, "firstPost", "Item") == (
            {"id", "post_id", "first_post.id"},
            {"first_post": joinedload},
        )

    def test_names_an_alias_that_reads_nothing(self):
        assert message_of(TypeConfig("Post", Post, {"name": "titel"})) == (
            "Alias 'name' of 'Post' reads 'titel', but 'Post' has no attribute "
            "'titel'. Did you mean 'title'?"
        )

    def test_names_the_class_where_a_path_ends(self):
        config = TypeConfig("Post", Post, {"name": "author.user_name"})

        assert message_of(config) == (
            "Alias 'name' of 'Post' reads 'author.user_name', but 'User' has no "
            "attribute 'user_name'. Did you mean 'username'?"
        )

    @pytest.mark.parametrize(
        ("model", "path", "read"),
        [
            (Post, "place.latitude", {"latitude", "longitude"}),
            (
                Post,
                "author.initials.upper",
                {"author_id", "author.id", "author.username"},
            ),
            (User, "titles.anything", {"posts.id", "posts.title"}),
            (User, "articles.title", {"posts.id", "posts.title"}),
        ],
    )
    def test_accepts_a_path_that_goes_on_behind_what_is_no_column(
        self, model, path, read
    ):
        config = TypeConfig("T", model, {"name": path}, requires={"other": [path]})

        for field in ("name", "other"):
            assert planned(config, field) == ({"id", *read}, {})

    def test_names_the_column_that_an_alias_goes_on_behind(self):
        assert message_of(TypeConfig("Post", Post, {"name": "title.nope"})) == (
            "Alias 'name' of 'Post' reads 'title.nope', but 'title' of 'Post' is a "
            "column of 'str', which has no attribute 'nope'."
        )

    @pytest.mark.parametrize("name", ["username", "login"])
    def test_names_the_column_that_a_hint_goes_on_behind(self, name):
        config = TypeConfig("Post", Post, requires={"byline": [f"author.{name}.x"]})

        assert message_of(config) == (
            f"The hint for 'byline' of 'Post' reads 'author.{name}.x', but {name!r} of "
            "'User' is a column of 'str', which has no attribute 'x'."
        )

    def test_names_the_class_behind_a_synonym(self):
        assert message_of(TypeConfig("User", User, {"name": "articles.titel"})) == (
            "Alias 'name' of 'User' reads 'articles.titel', but 'Post' has no "
            "attribute 'titel'. Did you mean 'title'?"
        )

    @pytest.mark.parametrize(
        ("field", "edges"),
        [
            ("posts", ["posts"]),
            ("articles", ["posts"]),
            ("readers", ["posts", "posts.author"]),
            ("below", ["posts", "posts.author"]),
        ],
    )
    def test_accepts_a_strategy_for_what_leads_to_objects(self, field, edges):
        config = TypeConfig(
            "T",
            User,
            aliases={"below": "posts.author"},
            strategies={field: selectinload},
        )

        _, strategies = planned(config, field, "[Item]")
        assert strategies == dict.fromkeys(edges, selectinload)

    @pytest.mark.parametrize(
        ("model", "field", "path"),
        [
            (Post, "title", "title"),
            (Post, "place", "place"),
            (Post, "writerName", "author.username"),
            (User, "initials", "initials"),
            (User, "titles", "titles"),
        ],
    )
    def test_names_a_strategy_for_what_is_no_relationship(self, model, field, path):
        config = TypeConfig(
            "T",
            model,
            aliases={"writerName": path} if field == "writerName" else {},
            strategies={field: selectinload},
        )

        assert message_of(config) == (
            f"The strategy for {field!r} of 'T' is for {path!r} of "
            f"{model.__name__!r}, which is no relationship. Only relationships have "
            "loader strategies."
        )

    def test_names_a_strategy_for_nothing(self):
        config = TypeConfig("Post", Post, strategies={"nothing": selectinload})

        assert message_of(config) == (
            "The strategy for 'nothing' of 'Post' reads 'nothing', but 'Post' has no "
            "attribute 'nothing'."
        )

    def test_names_a_hint_that_reads_nothing(self):
        config = TypeConfig("Post", Post, requires={"byline": ["title", "writer"]})

        assert message_of(config) == (
            "The hint for 'byline' of 'Post' reads 'writer', but 'Post' has no "
            "attribute 'writer'."
        )

    def test_refuses_a_hint_that_is_a_string(self):
        config = TypeConfig("Post", Post, requires={"byline": "title"})

        assert message_of(config) == (
            "The hint for 'byline' of 'Post' is the string 'title'; it must be a list "
            "of attributes: ['title']."
        )

    def test_a_strategy_is_for_the_attribute_of_its_alias(self):
        config = TypeConfig(
            "Post", Post, {"writer": "autor"}, strategies={"writer": joinedload}
        )

        assert message_of(config).startswith("Alias 'writer' of 'Post' reads 'autor'")


class TestMapperOf:
    def test_gives_the_mapper_configured(self):
        mapper = mapper_of(User, "User")

        assert mapper is User.__mapper__
        assert mapper.configured

    def test_configures_classes_that_were_mapped_later(self):
        mapping = registry()

        @mapping.mapped
        class Early:
            __tablename__ = "early"
            id: Mapped[int] = mapped_column(primary_key=True)
            late_id: Mapped[int] = mapped_column(ForeignKey("late.id"))
            late: Mapped["Late"] = relationship()

        config = TypeConfig("Early", Early, {"label": "late.name"})

        @mapping.mapped
        class Late:
            __tablename__ = "late"
            id: Mapped[int] = mapped_column(primary_key=True)
            name: Mapped[str]

        config.validate()
        assert config.mapper.relationships["late"].mapper.class_ is Late

    @pytest.mark.parametrize(
        "model", [object, "User", User(id=1), aliased(User), User.id, User.__table__]
    )
    def test_refuses_what_is_no_mapped_class(self, model):
        with pytest.raises(ConfigurationError) as error:
            mapper_of(model, "User")

        assert str(error.value) == (
            f"The model of 'User' is {model!r}, which is not a mapped class. "
            "Pass the class that SQLAlchemy maps."
        )


@pytest.mark.parametrize(
    ("resolver", "read"),
    [(None, "name"), (default_field_resolver, "name"), (lambda *_: 1, None)],
)
def test_reads_by_default_knows_graphql_cores_own_resolver(resolver, read):
    field = GraphQLField(GraphQLString, resolve=resolver)

    assert reads_by_default("name", field) == read


def test_any_function_may_be_a_load_strategy():
    assert isinstance(selectinload, LoadStrategy)
    assert isinstance(lambda *keys, **_: joinedload(*keys), LoadStrategy)
    assert not isinstance("selectinload", LoadStrategy)


class TestTypeRegistry:
    def test_is_a_mapping_by_type_name(self):
        user, post = TypeConfig("User", User), TypeConfig("Post", Post)
        types = TypeRegistry([user, post])

        assert dict(types) == {"User": user, "Post": post}
        assert len(types) == 2
        assert types["Post"] is post
        assert types.get("Tag") is None

    def test_of_a_schema_is_kept_with_it(self):
        sdl = "type Query { ok: Boolean }"
        one, other = build_schema(sdl), build_schema(sdl)

        types = TypeRegistry.of(one)

        assert len(types) == 0
        assert TypeRegistry.of(one) is types
        assert TypeRegistry.of(other) is not types

    def test_add_replaces_and_forgets_the_plans(self):
        types = TypeRegistry([TypeConfig("User", User)])
        types.plans.put("key", "plan")
        document = parse("{ a }")
        types.plans_of_nodes.put([document], "key", "plan")
        assert len(types.plans) == len(types.plans_of_nodes) == 1

        stricter = TypeConfig("User", User, max_depth=1)
        types.add(stricter)

        assert types["User"] is stricter
        assert len(types) == 1
        assert len(types.plans) == len(types.plans_of_nodes) == 0

    def test_overridden_puts_the_settings_first_in_a_copy(self):
        config = TypeConfig(
            "Post",
            Post,
            aliases={"a": "id", "b": "title"},
            strategies={"author": joinedload},
            max_depth=5,
        )
        types = TypeRegistry([config, TypeConfig("User", User)])

        copy = types.overridden(
            ["Post"], Post, {"author": selectinload}, {"b": "author_id"}
        )

        assert copy["Post"].aliases == {"a": "id", "b": "author_id"}
        assert copy["Post"].strategies == {"author": selectinload}
        assert copy["Post"].max_depth == 5
        assert copy["User"] is types["User"]
        assert types["Post"] is config

    def test_overridden_gives_unknown_types_a_configuration(self):
        copy = TypeRegistry().overridden(["Post"], Post, {}, {"name": "title"})

        assert copy["Post"] == TypeConfig("Post", Post, {"name": "title"})


class Mood(enum.Enum):
    GOOD = 1

    @property
    def sign(self):
        return "+"

    def shown(self):
        return self.sign


class Holding(Base):
    """Columns whose values have attributes of their own."""

    __tablename__ = "holdings"

    id: Mapped[int] = mapped_column(primary_key=True)
    mood: Mapped[Mood]
    data: Mapped[Any] = mapped_column(JSON)
    since: Mapped[datetime.date]
    name: Mapped[str]


class Delegating(Base):
    __tablename__ = "delegating"

    id: Mapped[int] = mapped_column(primary_key=True)

    def __getattr__(self, name):
        raise AttributeError(name)


class TestPathsBehindColumns:
    @pytest.mark.parametrize(
        "path", ["mood.value", "mood.name", "mood.sign", "data.a.b", "since.year"]
    )
    def test_go_on_where_the_values_have_such_an_attribute(self, path):
        config = TypeConfig("T", Holding, {"x": path}, requires={"y": [path]})

        for field in ("x", "y"):
            assert planned(config, field) == ({"id", path.partition(".")[0]}, {})

    @pytest.mark.parametrize("path", ["mood.nope", "mood.shown", "name.upper"])
    def test_end_where_they_have_none(self, path):
        assert "which has no attribute" in message_of(
            TypeConfig("T", Holding, {"x": path})
        )

    def test_name_anything_on_a_class_that_finds_attributes_itself(self):
        config = TypeConfig("T", Delegating, {"x": "anything"})

        assert planned(config, "x") == ({"id"}, {})
