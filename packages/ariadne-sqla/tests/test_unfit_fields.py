"""Mistakes of fields and of settings are found when the schema is made."""

import pytest
from ariadne import ObjectType, ScalarType, make_executable_schema
from sqlalchemy.orm import selectinload

from ariadne_sqla import (
    ConfigurationError,
    HiddenNonNullWarning,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
)

from .blog import Post, Tag, User

SDL = """
scalar Slug
type Query { users: [User!]! }
type User { id: ID! name: String! posts: [Post!]! }
type Post { id: ID! title: String! author: User! tags: [Tag!]! }
type Tag { id: ID! name: String! }
"""


def schema_of(sdl=SDL, *more, user=(), post=(), query=()):
    types = [
        SQLAlchemyObjectType("User", User, **dict(user)),
        SQLAlchemyObjectType("Post", Post, **dict(post)),
        SQLAlchemyObjectType("Tag", Tag),
    ]
    return make_executable_schema(
        sdl, SQLAlchemyQueryType(types, **dict(query)), *types, *more
    )


@pytest.mark.parametrize(
    ("correct", "mistake", "message"),
    [
        (
            "name: String! posts",
            "nmae: String posts",
            "'User.nmae' reads nothing: it has no resolver, and 'User' has no "
            "attribute 'nmae'. Did you mean 'name'? Give it an alias or a resolver, or "
            "take it out of the schema. An attribute that code sets on objects is "
            "declared on the class, as `nmae = None`.",
        ),
        (
            "author: User!",
            "author: Tag",
            "'Post.author' is Tag, which shows rows of 'Tag', but the relationship "
            "'Post.author' gives rows of 'User'. Give it a type that is bound to "
            "'User', or let an alias name another relationship.",
        ),
        (
            "author: User!",
            "author: String",
            "'Post.author' is String, but the relationship 'Post.author' gives rows of "
            "'User'. Let an alias name a column of them, give the field an object "
            "type, or a resolver.",
        ),
        (
            "author: User!",
            "author: Slug",
            "'Post.author' is Slug, but the relationship 'Post.author' gives rows of "
            "'User'. Let an alias name a column of them, give the field an object "
            "type, or a resolver.",
        ),
        (
            "title: String!",
            "title: Tag",
            "'Post.title' is Tag, which shows rows of 'Tag', but it reads the column "
            "'Post.title'. Let an alias name a relationship, or give the field a "
            "resolver.",
        ),
        (
            "author: User!",
            "author: [User!]",
            "'Post.author' is the list [User!], but the relationship 'Post.author' "
            "gives one object. Take the brackets off, or give the field a resolver.",
        ),
        (
            "tags: [Tag!]!",
            "tags: Tag",
            "'Post.tags' is one Tag, but the relationship 'Post.tags' gives a "
            "collection. Make it a list, as [Tag!]!, or give the field a resolver.",
        ),
    ],
)
def test_a_field_that_its_model_cannot_answer_is_refused(correct, mistake, message):
    assert correct in SDL

    with pytest.raises(ConfigurationError) as raised:
        schema_of(SDL.replace(correct, mistake))

    assert str(raised.value) == message


def test_all_of_them_are_told_at_once():
    sdl = SDL.replace("name: String! posts", "nick: String posts")

    with pytest.raises(ConfigurationError) as raised:
        schema_of(sdl.replace("author: User!", "author: Tag"))

    assert [line.split()[0] for line in str(raised.value).splitlines()] == [
        "'User.nick'",
        "'Post.author'",
    ]


def test_a_resolver_answers_whatever_the_type_is():
    own = ObjectType("Post")
    own.set_field("author", lambda post, info: "nobody")

    schema_of(SDL.replace("author: User!", "author: String"), own)


def test_a_scalar_with_a_serializer_of_its_own_may_show_an_object():
    slug = ScalarType("Slug", serializer=lambda user: user.name)

    schema_of(SDL.replace("author: User!", "author: Slug"), slug)


def test_an_attribute_that_code_sets_is_declared_on_the_class(monkeypatch):
    monkeypatch.setattr(User, "rank", None, raising=False)

    schema_of(SDL.replace("posts: [Post!]!", "rank: Int"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"user": {"aliases": {"naem": "name"}}},
            "`aliases` of 'User' has a key 'naem', which is no field of the type. Did "
            "you mean 'name'? Its keys are names of GraphQL fields.",
        ),
        (
            {"user": {"requires": {"post": ["posts.title"]}}},
            "`requires` of 'User' has a key 'post', which is no field of the type. Did "
            "you mean 'posts'? Its keys are names of GraphQL fields.",
        ),
        (
            {"post": {"strategies": {"tag": selectinload}, "aliases": {"tag": "tags"}}},
            "`aliases` of 'Post' has a key 'tag', which is no field of the type. Did "
            "you mean 'tags'? Its keys are names of GraphQL fields.",
        ),
        (
            {"post": {"strategies": {"tags": "selectin"}}},
            "The strategy for 'tags' of 'Post' is 'selectin', which is no loader "
            "function. Give it one of SQLAlchemy's, as `selectinload`, or a function "
            "of the attribute: `lambda attribute: selectinload(attribute)`.",
        ),
        (
            {"post": {"max_depth": 0}},
            "max_depth=0 of 'Post' lets nothing through. It is at least 1.",
        ),
        (
            {"query": {"max_depth": 0}},
            "max_depth=0 of 'SQLAlchemyQueryType' lets nothing through. It is at least "
            "1.",
        ),
        (
            {"query": {"max_levels": 0}},
            "max_levels=0 of 'SQLAlchemyQueryType' lets nothing through. It is at "
            "least 1.",
        ),
        (
            {"post": {"page_size": 20, "max_page_size": 10}},
            "page_size=20 of 'Post' is more than its max_page_size=10: a client that "
            "says nothing would get more than one may ask for.",
        ),
        (
            {"post": {"policy": True}},
            "The policy of 'Post' is True, which is no function of the class and of "
            "`info`. Give it one, or `public` for all rows.",
        ),
    ],
)
def test_a_setting_that_means_nothing_is_refused(settings, message):
    with pytest.raises(ConfigurationError) as raised:
        schema_of(**settings)

    assert str(raised.value) == message


def test_a_type_is_bound_to_one_model():
    twice = SQLAlchemyObjectType("User", Tag)

    with pytest.raises(ConfigurationError) as raised:
        schema_of(SDL, twice)

    assert str(raised.value) == (
        "The type 'User' shows rows of 'User' already, so that it cannot show those "
        "of 'Tag': bind one type to one model. Several types may show one model."
    )


def test_a_warning_is_at_the_line_that_makes_the_schema():
    with pytest.warns(HiddenNonNullWarning) as warned:
        schema_of(user={"policy": lambda user, info: user.id == 1})

    assert {one.filename for one in warned} == {__file__}
