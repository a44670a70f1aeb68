"""What a schema lets a client ask is understood when it is bound, or refused."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, build_schema
from sqlalchemy import JSON, ForeignKey, func, literal_column
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from sqla_selection import ConfigurationError, TypeConfig, TypeRegistry
from sqla_selection.arguments import (
    ArgumentsShape,
    FilterConfig,
    OrderConfig,
    Vocabulary,
    arguments_shape,
    order_keys_of,
    reads_of_connection,
    refuse_arguments,
)
from sqla_selection.arguments.shapes import Direction, Expression

from .blog import MODELS, Post, shape_of

TYPES = """
type Query { posts(ARGUMENTS): [Post!]!  pages(ARGUMENTS): PostConnection!
             post(ARGUMENTS): Post }
type Post { id: ID! title: String views: Int author: User }
type User { id: ID! username: String }
type PostConnection { edges: [PostEdge!]! pageInfo: PageInfo! }
type PostEdge { node: Post! cursor: String! }
type PageInfo { hasNextPage: Boolean! }
input StringFilter { eq: String contains: String }
enum Direction { ASC DESC }
"""


def shape(
    arguments: str,
    types: str = "",
    field: str = "posts",
    *configs: Any,
    model: Any = Post,
    **options: Any,
) -> ArgumentsShape:
    sdl = (TYPES + types).replace("ARGUMENTS", "unused: Int", 3)
    sdl = sdl.replace(f"{field}(unused: Int)", f"{field}({arguments})")
    sdl = sdl.replace("(unused: Int)", "").replace("()", "")
    schema = build_schema(sdl)
    for name in ("Post", "User"):
        TypeRegistry.of(schema).add(TypeConfig(name, MODELS[name]))
    assert schema.query_type is not None
    definition = schema.query_type.fields[field]
    vocabulary = Vocabulary.of(schema, configs)
    return arguments_shape(
        f"Query.{field}", definition, model.__mapper__, vocabulary, **options
    )


REFUSED = [
    (
        "filter: PostFilter",
        "input PostFilter { titel: StringFilter }",
        "'PostFilter.titel' names no column and no relationship of 'Post', and has no "
        "function. Did you mean 'title'?",
    ),
    (
        "filter: PostFilter",
        "input PostFilter { title: Odd } input Odd { contians: String }",
        "'Odd.contians' is no operator. Did you mean 'contains', 'icontains', or "
        "'notIn'?",
    ),
    (
        "filter: PostFilter",
        "input PostFilter { views: StringFilter }",
        "'StringFilter.contains' has no meaning for 'Post.views', which takes eq, ne, "
        "in, notIn, isNull, lt, lte, gt, gte.",
    ),
    (
        "filter: PostFilter",
        "input PostFilter { comments: CommentFilter } "
        "input CommentFilter { body: StringFilter }",
        "'CommentFilter.body' is none of 'some', 'none' and 'every', which the filter "
        "of a collection ('Post.comments') is made of.",
    ),
    (
        "filter: PostFilter",
        "input PostFilter { author: ID }",
        "'PostFilter.author' is a ID, but 'Post.author' is a relationship: it takes a "
        "filter of its target.",
    ),
    (
        "where: PostFilter, filter: PostFilter",
        "input PostFilter { title: String }",
        "'Query.posts(filter:)' is a second filter, beside 'where'.",
    ),
    (
        "orderBy: PostOrder",
        "enum PostOrder { TITEL_ASC }",
        "'PostOrder.TITEL_ASC' names no column of 'Post', and has no function. Did you "
        "mean 'title'?",
    ),
    (
        "orderBy: PostOrder",
        "enum PostOrder { TITLE }",
        "'PostOrder.TITLE' has no direction: write it as TITLE_ASC or TITLE_DESC.",
    ),
    (
        "orderBy: PostOrder",
        "enum PostOrder { COMMENTS_BODY_ASC }",
        "'PostOrder.COMMENTS_BODY_ASC' names no column of 'Post', and has no function.",
    ),
    (
        "orderBy: PostOrder",
        "input PostOrder @oneOf { comments: More } "
        "input More @oneOf { body: Direction }",
        "'PostOrder.comments' would order by 'Post.comments', which is a collection: "
        "only what there is one of can be ordered by. Give it a function that says "
        "which.",
    ),
    (
        "orderBy: PostOrder",
        "input PostOrder @oneOf { title: Int }",
        "'PostOrder.title' is a Int. An order takes an enum of ASC and DESC (and "
        "ASC_NULLS_FIRST, …), or the order of a related type.",
    ),
    (
        "first: Int",
        "",
        "'Query.posts(first:)' is for connections; a list takes limit and offset.",
    ),
    (
        "limit: String",
        "",
        "'Query.posts(limit:)' is a number of rows, and must be an Int.",
    ),
    (
        "titel: String",
        "",
        "'Query.posts(titel:)' filters, orders or pages by no known name, and is no "
        "column of 'Post'. Did you mean 'title', 'after', or 'filter'?",
    ),
    (
        "filter: String",
        "",
        "'Query.posts(filter:)' would be a filter, which is an input type, but is a "
        "String, and is no column of 'Post'.",
    ),
]


@pytest.mark.parametrize(("arguments", "types", "message"), REFUSED)
def test_what_is_not_understood_is_refused(
    arguments: str, types: str, message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        shape(arguments, types)
    assert str(caught.value) == message


def test_pages_are_for_lists_and_connections() -> None:
    with pytest.raises(ConfigurationError) as caught:
        shape("limit: Int", field="pages")
    assert str(caught.value) == (
        "'Query.pages(limit:)' is for lists; a connection takes first, after, last and "
        "before."
    )
    for arguments in ("limit: Int", "orderBy: Direction"):
        with pytest.raises(ConfigurationError, match="gives no list"):
            shape(arguments, field="post")
    assert shape("title: String", field="post").columns


def test_what_is_the_applications_own_is_left_to_it() -> None:
    assert shape("titel: String", ignoring=["titel"]).is_empty


def test_a_column_of_that_name_comes_first() -> None:
    class Base(DeclarativeBase):
        pass

    class Item(Base):
        __tablename__ = "items"
        id: Mapped[int] = mapped_column(primary_key=True)
        limit: Mapped[int]
        order: Mapped[int]
        data: Mapped[dict[str, Any]] = mapped_column(JSON)

    found = shape("limit: Int, order: Int", model=Item)
    assert [field.attribute for _, field in found.columns] == ["limit", "order"]
    assert found.sizes == ()
    with pytest.raises(ConfigurationError, match="which is JSON or an array"):
        shape("filter: F", "input F { data: String }", model=Item)


def test_a_shape_is_a_value() -> None:
    assert shape_of("Query.posts") == shape_of("Query.posts")
    assert hash(shape_of("Query.posts")) == hash(shape_of("Query.posts"))
    assert shape_of("Query.posts") != shape_of("Query.postPages")


def test_names_may_be_in_snake_case() -> None:
    found = shape(
        "order_by: [PostOrder!], where: PostFilter",
        "enum PostOrder { created_at_desc } "
        "input PostFilter { created_at: T is_published: Boolean } "
        "input T { is_null: Boolean not_in: [String!] }",
    )
    assert found.order is not None
    assert found.order[2].keys["created_at_desc"].source == "created_at"
    assert found.filter is not None
    assert set(found.filter[2].fields) == {"created_at", "is_published"}


def test_out_names_are_honoured_and_out_types_refused() -> None:
    types = "input PostFilter { title: StringFilter }"
    found = shape("filter: PostFilter", types)
    assert found.filter is not None
    schema = build_schema(TYPES.replace("(ARGUMENTS)", "(f: PostFilter)") + types)
    for name in ("Post", "User"):
        TypeRegistry.of(schema).add(TypeConfig(name, MODELS[name]))
    of_filter: Any = schema.type_map["PostFilter"]
    of_filter.fields["title"].out_name = "the_title"
    assert schema.query_type is not None
    definition = schema.query_type.fields["posts"]
    definition.args["filter"] = definition.args.pop("f")
    definition.args["filter"].out_name = "asked"
    vocabulary = Vocabulary.of(schema)
    mapper = Post.__mapper__
    found = arguments_shape("Query.posts", definition, mapper, vocabulary)
    assert found.filter is not None
    assert found.filter[:2] == ("asked", "filter")
    assert list(found.filter[2].fields) == ["the_title"]
    of_filter.out_type = lambda value: value
    assert isinstance(of_filter, GraphQLInputObjectType)
    with pytest.raises(ConfigurationError) as caught:
        arguments_shape("Query.posts", definition, mapper, Vocabulary.of(schema))
    assert str(caught.value) == (
        "'PostFilter' has an out_type: leave it a dict to filter or order by it."
    )


def test_functions_must_be_for_fields_that_are_there() -> None:
    types = "input PostFilter { title: StringFilter } enum PostOrder { TITLE_ASC }"
    with pytest.raises(
        ConfigurationError, match=r"'PostFilter\.seach' is configured, b"
    ):
        shape(
            "filter: PostFilter",
            types,
            "posts",
            FilterConfig("PostFilter", functions={"seach": lambda *_: True}),
        )
    with pytest.raises(
        ConfigurationError, match=r"'PostOrder\.size' is configured, but"
    ):
        shape(
            "orderBy: PostOrder",
            types,
            "posts",
            OrderConfig("PostOrder", functions={"size": lambda *_: None}),
        )


def test_aliases_name_attributes_and_paths() -> None:
    found = shape(
        "filter: F, orderBy: O",
        "input F { headline: StringFilter } enum O { WRITER_ASC HEADLINE_DESC }",
        "posts",
        FilterConfig("F", aliases={"headline": "title"}),
        OrderConfig("O", aliases={"writer": "author.username", "headline": "title"}),
    )
    assert found.filter is not None
    assert found.order is not None
    field: Any = found.filter[2].fields["headline"]
    assert field.attribute == "title"
    writer, headline = found.order[2].keys.values()
    assert (writer.path, writer.source) == (("author",), "username")
    assert headline.source == "title"


def test_only_what_the_types_show_is_exposed() -> None:
    found = shape(
        "orderBy: O", "enum O { TITLE_ASC CREATED_AT_ASC AUTHOR_USERNAME_ASC }"
    )
    assert found.order is not None
    exposed = {name: key.is_exposed for name, key in found.order[2].keys.items()}
    assert exposed == {
        "TITLE_ASC": True,
        "CREATED_AT_ASC": False,
        "AUTHOR_USERNAME_ASC": True,
    }


def test_a_connection_is_known_by_its_structure() -> None:
    found = shape("first: Int, after: String", field="pages").connection
    assert found is not None
    assert (found.edges, found.node, found.cursor) == ("edges", "node", "cursor")
    assert (found.nodes, found.page_info, found.total_count) == (None, "pageInfo", None)
    assert shape("limit: Int").connection is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "pageInfo: PageInfo!",
            "pageInfo: PageInfo! totl: Int",
            "'PostConnection.totl' is not known of a connection, and has no resolver.",
        ),
        (
            "pageInfo: PageInfo!",
            "pageInfo(full: Boolean): PageInfo!",
            "'PostConnection.pageInfo(full:)' is an argument of a connection's own "
            "field, which reads none. The field that gives the connection takes them.",
        ),
    ],
)
def test_a_connection_with_a_field_that_means_nothing_is_refused(
    old: str, new: str, message: str
) -> None:
    types = TYPES.replace(old, new)
    schema = build_schema(types.replace("(ARGUMENTS)", ""))
    TypeRegistry.of(schema).add(TypeConfig("Post", Post))
    assert schema.query_type is not None
    with pytest.raises(ConfigurationError) as caught:
        arguments_shape(
            "Query.pages",
            schema.query_type.fields["pages"],
            Post.__mapper__,
            Vocabulary.of(schema),
        )
    assert str(caught.value) == message


def test_a_connection_reads_what_its_name_says() -> None:
    assert reads_of_connection("postsConnection") == ("postsConnection", "posts")
    assert reads_of_connection("posts_connection") == ("posts_connection", "posts")
    assert reads_of_connection("posts") == ("posts",)


def test_arguments_of_a_column_are_refused() -> None:
    schema = build_schema("type Query { title(short: Boolean): String }")
    assert schema.query_type is not None
    definition = schema.query_type.fields["title"]
    refuse_arguments("Post.title", definition, ignoring=["short"])
    with pytest.raises(ConfigurationError) as caught:
        refuse_arguments("Post.title", definition)
    assert str(caught.value) == (
        "'Post.title(short:)' is an argument of a field that reads a column, where it "
        "means nothing. Give the field a resolver, or take the argument out."
    )


def test_an_order_by_what_may_be_several_rows_is_refused() -> None:
    class Base(DeclarativeBase):
        pass

    class Person(Base):
        __tablename__ = "persons"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Badge(Base):
        __tablename__ = "badges"
        id: Mapped[int] = mapped_column(primary_key=True)
        text: Mapped[str]
        person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))

    badge: Any = relationship(Badge, uselist=False)
    Person.badge = badge
    with pytest.raises(ConfigurationError) as caught:
        shape("orderBy: O", "enum O { BADGE_TEXT_ASC }", model=Person)
    assert str(caught.value) == (
        "'O.BADGE_TEXT_ASC' would order by 'Person.badge', of which there may be "
        "several rows: no unique constraint says that there is one. Add it, or give "
        "the order a function."
    )


def test_the_order_of_a_mapping_is_read_as_keys() -> None:
    class Base(DeclarativeBase):
        pass

    class Person(Base):
        __tablename__ = "persons"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Badge(Base):
        __tablename__ = "badges"
        id: Mapped[int] = mapped_column(primary_key=True)
        label: Mapped[str]
        person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))

    order = [
        literal_column("label"),
        Badge.person_id.desc().nulls_first(),
        func.lower(Badge.label),
    ]
    badges: Any = relationship(Badge, order_by=order, viewonly=True)
    Person.badges = badges
    keys = order_keys_of(Person.__mapper__.relationships["badges"])
    assert [key.source for key in keys[:2]] == ["label", "person_id"]
    assert keys[1].direction == Direction(is_descending=True, nulls="first")
    assert isinstance(keys[2].source, Expression)
    assert keys is order_keys_of(Person.__mapper__.relationships["badges"])
