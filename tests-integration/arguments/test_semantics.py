"""The table of docs/guides/arguments.md, row by row."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
)

from sqla_selection.arguments import (
    ArgumentError,
    ArgumentLimitError,
    ArgumentLimits,
    PageSizeError,
    Scope,
    Window,
    condition_of,
    filtered,
    paged,
)
from sqla_selection.arguments.filters import Compared, Opposite, Related

from .blog import Base, Comment, Kind, Post, Tag, User, asked
from .naive import in_order, matches


def rows() -> list[Any]:
    ann, bob, nobody = (
        User(id=1, username="ann"),
        User(id=2, username="bob"),
        User(id=3, username=None),
    )
    red, blue = Tag(id=1, name="red"), Tag(id=2, name="blue")
    noon = datetime.datetime(2026, 1, 1, 12)
    first = Post(
        id=1,
        title="a%b",
        views=1,
        rank=2,
        score=0.1,
        created_at=noon,
        is_published=True,
        kind=Kind.zebra,
        author=ann,
        tags=[red, blue],
        comments=[Comment(id=1, body="yes"), Comment(id=2, body=None)],
    )
    second = Post(
        id=2,
        title="a_b",
        views=3,
        rank=1,
        score=0.2,
        created_at=noon.replace(hour=13),
        is_published=False,
        kind=Kind.note,
        author=bob,
        parent=first,
        tags=[red],
        comments=[Comment(id=3, body="yes"), Comment(id=4, body="no")],
    )
    third = Post(
        id=3,
        title=None,
        views=None,
        rank=1,
        score=None,
        created_at=None,
        is_published=None,
        kind=None,
        author=nobody,
        parent=first,
        comments=[Comment(id=5, body="yes")],
    )
    fourth = Post(
        id=4,
        title="ab/\\",
        views=3,
        rank=3,
        score=0.3,
        created_at=noon,
        is_published=True,
        kind=Kind.article,
        author=None,
    )
    return [ann, bob, nobody, red, blue, first, second, third, fourth]


@pytest.fixture(scope="module")
def engine() -> Any:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add_all(rows())
    yield engine
    engine.dispose()


TABLE: dict[str, dict[str, Any]] = {
    "an ID is compared as the column's type": {"id": {"eq": "2"}},
    "IDs in a list": {"id": {"in": ["1", "3"]}},
    "an enum by its name": {"kind": {"eq": "note"}},
    "ne keeps NULL: enum": {"kind": {"ne": "note"}},
    "ne keeps NULL: integer": {"views": {"ne": 3}},
    "notIn keeps NULL": {"views": {"notIn": [3]}},
    "ne keeps NULL: text": {"title": {"ne": "a%b"}},
    "in of nothing is nothing": {"views": {"in": []}},
    "notIn of nothing is everything": {"views": {"notIn": []}},
    "isNull": {"views": {"isNull": True}},
    "isNull: false": {"views": {"isNull": False}},
    "comparisons do not match NULL": {"views": {"lt": 10}},
    "not of a comparison does": {"not": {"views": {"lt": 2}}},
    "not of a text does": {"not": {"title": {"contains": "a"}}},
    "not of in does": {"not": {"views": {"in": [1]}}},
    "not of in of nothing": {"not": {"views": {"in": []}}},
    "not of isNull": {"not": {"views": {"isNull": True}}},
    "lte": {"views": {"lte": 1}},
    "gt": {"views": {"gt": 1}},
    "gte": {"views": {"gte": 3}},
    "contains escapes %": {"title": {"contains": "%"}},
    "contains escapes _": {"title": {"contains": "_"}},
    "contains escapes the escape": {"title": {"contains": "/"}},
    "contains a backslash": {"title": {"contains": "\\"}},
    "startsWith": {"title": {"startsWith": "a_"}},
    "endsWith": {"title": {"endsWith": "b"}},
    "icontains": {"title": {"icontains": "A%"}},
    "istartsWith": {"title": {"istartsWith": "A"}},
    "iendsWith": {"title": {"iendsWith": "B"}},
    "several operators are AND": {"views": {"gte": 1, "lt": 3}},
    "several keys are AND": {"views": {"eq": 3}, "isPublished": True},
    "a scalar is equality": {"isPublished": False},
    "a scalar null is IS NULL": {"isPublished": None},
    "a function": {"loud": True},
    "not of a function is two-valued": {"not": {"loud": True}},
    "to-one": {"author": {"username": {"eq": "ann"}}},
    "to-one with ne wants the one": {"author": {"username": {"ne": "ann"}}},
    "not of to-one has who has none": {"not": {"author": {"username": {"eq": "ann"}}}},
    "an empty object of to-one: has one": {"author": {}},
    "some": {"comments": {"some": {"body": {"eq": "no"}}}},
    "some of nothing: has any": {"comments": {"some": {}}},
    "none of nothing: has none": {"comments": {"none": {}}},
    "none": {"comments": {"none": {"body": {"eq": "no"}}}},
    "every is true for none, and false for NULL": {
        "comments": {"every": {"body": {"eq": "yes"}}}
    },
    "not of every": {"not": {"comments": {"every": {"body": {"eq": "yes"}}}}},
    "not of some": {"not": {"comments": {"some": {"body": {"ne": "yes"}}}}},
    "not of none": {"not": {"comments": {"none": {"body": {"eq": "yes"}}}}},
    "one some is one row": {
        "tags": {
            "some": {"name": {"eq": "red"}, "posts": {"some": {"views": {"eq": 3}}}}
        }
    },
    "two somes may be two rows": {
        "and": [
            {"comments": {"some": {"body": {"eq": "yes"}}}},
            {"comments": {"some": {"body": {"eq": "no"}}}},
        ]
    },
    "some, none and every together": {
        "comments": {"some": {}, "every": {"body": {"isNull": False}}}
    },
    "many-to-many": {"tags": {"some": {"name": {"in": ["blue"]}}}},
    "many-to-many, none": {"tags": {"none": {"name": {"eq": "blue"}}}},
    "of itself": {"replies": {"some": {"parent": {"replies": {"some": {}}}}}},
    "of itself, to-one": {"parent": {"title": {"eq": "a%b"}}},
    "a custom join": {"author": {"published": {"some": {}}}},
    "or": {"or": [{"views": {"eq": 1}}, {"title": {"isNull": True}}]},
    "not of or": {"not": {"or": [{"views": {"eq": 1}}, {"title": {"isNull": True}}]}},
    "not of and": {"not": {"and": [{"views": {"eq": 3}}, {"isPublished": True}]}},
    "not of not": {"not": {"not": {"views": {"ne": 3}}}},
    "and of nothing is no condition": {"and": []},
    "an empty filter is no condition": {},
    "an empty filter in and is none": {"and": [{}, {"views": {"eq": 3}}]},
}


def ids(session: Session, window: Window) -> list[int]:
    return [post.id for post in session.scalars(filtered(select(Post), window, Post))]


@pytest.mark.parametrize("asks", TABLE.values(), ids=TABLE)
def test_a_filter_selects_what_the_table_says(
    engine: Any, asks: dict[str, Any]
) -> None:
    with Session(engine) as session:
        check(session, asks)


def check(session: Session, asks: dict[str, Any]) -> None:
    window = asked("filter: $f", declared="$f: PostFilter", f=asks)
    posts = session.scalars(select(Post)).all()
    expected = sorted(post.id for post in posts if matches(post, asks))
    assert sorted(ids(session, window)) == expected
    if asks not in ({}, {"and": []}):
        window = asked("filter: {not: $f}", declared="$f: PostFilter!", f=asks)
        rest = sorted({post.id for post in posts} - set(expected))
        assert sorted(ids(session, window)) == rest


@pytest.mark.parametrize("database", ["psycopg", "pymysql"], indirect=True)
def test_the_table_on_a_server(database: Any) -> None:
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        session.add_all(rows())
        session.commit()
        failed = {}
        for name, asks in TABLE.items():
            try:
                check(session, asks)
            except AssertionError as error:
                failed[name] = str(error)
        assert not failed


ORDERS = [
    ["SCORE_ASC"],
    ["VIEWS_ASC"],
    ["VIEWS_DESC"],
    ["VIEWS_ASC_NULLS_FIRST"],
    ["VIEWS_ASC_NULLS_LAST"],
    ["VIEWS_DESC_NULLS_FIRST"],
    ["VIEWS_DESC_NULLS_LAST", "RANK_ASC"],
    ["RANK_ASC", "VIEWS_DESC"],
    ["AUTHOR_USERNAME_ASC"],
    ["AUTHOR_USERNAME_DESC_NULLS_LAST"],
    ["PARENT_AUTHOR_USERNAME_ASC", "ID_DESC"],
    ["LOUDNESS_DESC"],
    [],
]


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("database", ["sqlite", "psycopg", "pymysql"], indirect=True)
def test_an_order_is_the_one_of_the_table(database: Any, is_known: bool) -> None:
    """Nulls are small in a database that is not known, whatever it does by itself."""
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        session.add_all(rows())
        session.commit()
        dialect = database.engine.dialect.name if is_known else "unheard_of"
        for order in ORDERS:
            window = asked(f"orderBy: [{' '.join(order)}] limit: 9")
            stmt = paged(select(Post), window, Post, dialect)
            posts = session.scalars(stmt).all()
            expected = in_order(session.scalars(select(Post)).all(), order, dialect)
            assert [post.id for post in posts] == [post.id for post in expected], order


VANISHED = {
    "an operator": "{title: {eq: $q}}",
    "below some": "{comments: {some: {body: {contains: $q}}}}",
    "below none": "{comments: {none: {body: {contains: $q}}}}",
    "below every": "{comments: {every: {body: {contains: $q}}}}",
    "below to-one": "{author: {username: {eq: $q}}}",
    "in not": "{not: {title: {eq: $q}}}",
    "the only arm of or": "{or: [{title: {eq: $q}}]}",
    "the only arm of and": "{and: [{title: {eq: $q}}]}",
    "an item of a list": "{title: {in: $list}}",
    "beside and of nothing": "{title: {eq: $q} and: []}",
}


@pytest.mark.parametrize("text", VANISHED.values(), ids=VANISHED)
def test_a_condition_vanishes_upwards_without_its_variable(text: str) -> None:
    window = asked(f"filter: {text}", declared="$q: String, $list: [String!]")
    assert window == Window()


def test_what_is_beside_a_vanished_condition_stays() -> None:
    declared = "$q: String"
    for text, same in (
        ("{title: {eq: $q} views: {eq: 1}}", "{views: {eq: 1}}"),
        ("{or: [{title: {eq: $q}}, {views: {eq: 1}}]}", "{views: {eq: 1}}"),
        ("{comments: {some: {body: {eq: $q}} none: {}}}", "{comments: {none: {}}}"),
        ('{title: {eq: $q, ne: $q, contains: "a"}}', '{title: {contains: "a"}}'),
    ):
        assert asked(f"filter: {text}", declared=declared) == asked(f"filter: {same}")


def test_an_empty_object_in_a_variable_means_what_it_says() -> None:
    declared = "$f: PostFilter, $c: CommentFilter"
    sent = asked("filter: $f", declared=declared, f={"comments": {"some": {}}})
    assert sent == asked("filter: {comments: {some: {}}}")
    assert sent == asked("filter: {comments: {some: $c}}", declared=declared, c={})
    assert sent.filter is not None


REFUSED = {
    "{title: {eq: null}}": "'filter.title.eq' is null, which is no condition. "
    "Use `isNull`, or leave it out.",
    "{title: null}": "'filter.title' is null, which is no condition. "
    "Use `isNull`, or leave it out.",
    "{author: null}": "'filter.author' is null, which is no condition. "
    "Rows without any: `not: {author: {}}`.",
    "{comments: null}": "'filter.comments' is null, which is no condition. "
    "Rows without any: `comments: {none: {}}`.",
    "{not: null}": "'filter.not' is null, which is no condition. "
    "Use `isNull`, or leave it out.",
    "{title: {}}": "'filter.title' has no operator.",
    "{comments: {}}": "'filter.comments' says none of 'some', 'none' and 'every'.",
    "{comments: {every: {}}}": "'filter.comments.every' has no condition.",
    "{not: {}}": "'filter.not' has no condition.",
    "{or: [{views: {eq: 1}}, {}]}": "'filter.or[1]' has no condition.",
    "{or: [{and: []}]}": "'filter.or[0]' has no condition.",
    "{or: []}": "'filter.or' is an empty list.",
    '{id: {eq: "x"}}': "'filter.id.eq' is 'x', which is not an integer.",
    '{id: {in: ["1", "9999999999999999999999"]}}': "'filter.id.in[1]' is "
    "'9999999999999999999999', which is not an integer between "
    "-9223372036854775808 and 9223372036854775807.",
    '{title: {eq: "\\u0000"}}': "'filter.title.eq' is '\\x00', which is not a "
    "string without NUL characters.",
    '{createdAt: {eq: "noon"}}': "'filter.createdAt.eq' is 'noon', which is not a "
    "date and time in ISO 8601.",
    "{author: {posts: {some: {author: {posts: {some: {loud: true}}}}}}}": "",
}


@pytest.mark.parametrize("text", list(REFUSED)[:-1])
def test_what_means_nothing_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        asked(f"filter: {text}")
    assert caught.value.message == f"Argument {REFUSED[text]}"
    place = REFUSED[text].split("'")[1]
    assert caught.value.extensions == {"argument": place}


def test_null_arguments_count_as_not_given() -> None:
    assert asked("filter: null orderBy: null limit: null offset: null") == Window()
    empty = asked("first: null after: null last: null before: null", "postPages")
    assert empty == Window(is_connection=True)


def test_columns_are_arguments_too() -> None:
    assert asked("isPublished: true") == asked("filter: {isPublished: true}")
    assert asked("isPublished: null") == asked("filter: {isPublished: null}")
    assert asked("views: [1, 2]") == asked("filter: {views: {in: [1, 2]}}")
    window = asked("views: [1, null]")
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(rows())
        assert ids(session, window) == [1, 3]
    engine.dispose()


def test_an_aware_time_is_converted_to_utc() -> None:
    window = asked('filter: {createdAt: {eq: "2026-01-01T14:00:00+02:00"}}')
    assert window == asked('filter: {createdAt: {eq: "2026-01-01T12:00:00"}}')
    assert window == asked('filter: {createdAt: {eq: "2026-01-01T12:00:00Z"}}')


def test_the_open_form_of_an_order_asks_the_same() -> None:
    window = asked("order: [{author: {username: ASC}}, {views: DESC}]", "openPosts")
    same = asked("orderBy: [AUTHOR_USERNAME_ASC, VIEWS_DESC]")
    assert window.order == same.order
    assert [key.is_exposed for key in window.order] == [True, True]
    window = asked(
        "order: [{views: $d}]", "openPosts", declared="$d: Direction!", d="ASC"
    )
    assert window.order == asked("orderBy: [VIEWS_ASC]").order


def test_the_same_key_counts_once() -> None:
    window = asked("orderBy: [VIEWS_ASC, VIEWS_DESC]")
    assert window == asked("orderBy: [VIEWS_ASC]")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("limit: -1", "'limit' is -1. It must not be negative."),
        ("offset: -1", "'offset' is -1. It must not be negative."),
        ("limit: 101", "'limit' is 101. At most 100 are allowed."),
    ],
)
def test_a_page_of_a_wrong_size_is_refused(arguments: str, message: str) -> None:
    with pytest.raises(PageSizeError) as caught:
        asked(arguments, sizes={"max_page_size": 100})
    assert caught.value.message == f"Argument {message}"


def test_sizes_have_defaults() -> None:
    sizes = {"page_size": 20, "max_page_size": 100}
    assert asked("", sizes=sizes).limit == 20
    assert asked("limit: 0", sizes=sizes).limit == 0
    assert asked("", "postPages", sizes=sizes).limit == 20
    assert asked("last: 3", "postPages", sizes=sizes).limit == 3
    assert asked("", "openPosts", sizes=sizes).limit is None
    assert asked("").limit is None


def test_first_with_last_is_refused() -> None:
    with pytest.raises(ArgumentError) as caught:
        asked("first: 1 last: 1", "postPages")
    assert caught.value.message == "Argument 'last' cannot be with 'first'."


@pytest.mark.parametrize(
    ("arguments", "limits", "message"),
    [
        (
            "filter: {author: {posts: {some: {loud: true}}}}",
            ArgumentLimits(depth=1),
            "'filter.author.posts' crosses 2 relationships; 1 are allowed.",
        ),
        (
            "filter: {or: [{loud: true} {loud: true}]}",
            ArgumentLimits(conditions=3),
            "'filter.or[1]' has more than 3 conditions; 3 are allowed.",
        ),
        (
            "filter: {id: {in: [1 2 3]}}",
            ArgumentLimits(values=2),
            "'filter.id.in' has 3 values; 2 are allowed.",
        ),
        (
            "orderBy: [ID_ASC ID_ASC ID_ASC]",
            ArgumentLimits(order_items=2),
            "'orderBy' has 3 items; 2 are allowed.",
        ),
    ],
)
def test_what_is_beyond_a_limit_is_refused(
    arguments: str, limits: ArgumentLimits, message: str
) -> None:
    with pytest.raises(ArgumentLimitError) as caught:
        asked(arguments, limits=limits)
    assert caught.value.message == f"Argument {message}"


def test_what_may_be_seen_is_asked_of_every_entity() -> None:
    seen: list[str] = []

    def visible(entity: Any) -> Any:
        name = (
            entity.__mapper__.class_.__name__ if hasattr(entity, "__mapper__") else ""
        )
        seen.append(name)
        return entity.id > 0

    window = asked(
        "filter: {author: {posts: {every: {loud: true}}}}"
        "orderBy: [PARENT_AUTHOR_USERNAME_ASC]"
    )
    scope = Scope(visible)
    stmt = paged(select(Post), window, Post, "sqlite", scope)
    assert str(stmt).count(".id > ") == 4
    assert len(seen) == 4


def test_a_function_without_a_condition_fails_closed() -> None:
    window = asked("filter: {loud: true}")
    assert window.filter is not None
    applied: Any = window.filter
    with pytest.raises(TypeError, match="which is no condition"):
        condition_of(replace(applied, function=lambda *_: None), Post)
    nothing = condition_of(replace(applied, function=lambda *_: False), Post)
    assert str(nothing) == "false"


def test_the_rows_of_a_subclass_are_told_by_their_own_alias() -> None:
    class Base(DeclarativeBase):
        pass

    class Animal(Base):
        __tablename__ = "animals"
        __mapper_args__ = {  # noqa: RUF012  # SQLAlchemy's
            "polymorphic_on": "kind",
            "polymorphic_identity": "animal",
        }
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str]
        parent_id: Mapped[int | None] = mapped_column(ForeignKey("animals.id"))
        cats: Mapped[list[Any]] = relationship(
            "Cat", primaryjoin="Animal.id == foreign(Cat.parent_id)", viewonly=True
        )

    class Cat(Animal):
        __mapper_args__ = {"polymorphic_identity": "cat"}  # noqa: RUF012

    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Animal(id=1))
        session.flush()
        session.add_all([Animal(id=2, parent_id=1), Cat(id=3)])
        session.flush()
        some = Related("cats", "some", Compared("id", "isNull", False))
        for holds, expected in ((some, []), (Opposite(some), [1, 2, 3])):
            stmt = select(Animal.id).where(condition_of(holds, Animal))
            assert sorted(session.scalars(stmt)) == expected
    engine.dispose()
