"""Rows, filters and orders for Hypothesis."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from .blog import Comment, Kind, Post, Tag, User

TITLES = (None, "a", "a%", "ab", "b", "c")
MOMENTS = (None, *(datetime.datetime(2026, 1, day, 12) for day in (1, 2)))


@st.composite
def rows(draw: Any) -> list[Any]:
    """Draw a few users, posts, comments and tags that lead to each other."""
    users = [
        User(id=index + 1, username=draw(st.sampled_from((None, "a", "b"))))
        for index in range(draw(st.integers(1, 4)))
    ]
    tags = [
        Tag(id=index + 1, name=draw(st.sampled_from((None, "a", "b"))))
        for index in range(draw(st.integers(1, 3)))
    ]
    posts: list[Post] = []
    comments: list[Comment] = []
    for index in range(draw(st.integers(0, 9))):
        post = Post(
            id=index + 1,
            title=draw(st.sampled_from(TITLES)),
            views=draw(st.sampled_from((None, 1, 2, 3))),
            rank=draw(st.integers(1, 3)),
            score=draw(st.sampled_from((None, 0.1, 0.2, 1.0))),
            created_at=draw(st.sampled_from(MOMENTS)),
            is_published=draw(st.sampled_from((None, True, False))),
            kind=draw(st.sampled_from((None, *Kind))),
            author=draw(st.sampled_from((None, *users))),
            parent=draw(st.sampled_from((None, *posts))),
            tags=draw(st.lists(st.sampled_from(tags), unique_by=id, max_size=3)),
        )
        posts.append(post)
        for body in draw(st.lists(st.sampled_from((None, "a", "b")), max_size=2)):
            comments.append(Comment(id=len(comments) + 1, body=body, post=post))
    return [*users, *tags, *posts, *comments]


TEXTS = ("a", "b", "ab", "%", "_", "a%")
_text = st.sampled_from(TEXTS)
_capitals = st.sampled_from([one.upper() for one in TEXTS])
_number = st.integers(1, 3)
_kind = st.sampled_from([one.name for one in Kind])
STRINGS: dict[str, Any] = {
    "eq": _text,
    "ne": _text,
    "in": st.lists(_text, max_size=2),
    "notIn": st.lists(_text, max_size=2),
    "contains": _text,
    "startsWith": _text,
    "endsWith": _text,
    "icontains": _capitals,
    "istartsWith": _capitals,
    "iendsWith": _capitals,
    "isNull": st.booleans(),
}
INTEGERS: dict[str, Any] = {
    "eq": _number,
    "ne": _number,
    "in": st.lists(_number, max_size=2),
    "notIn": st.lists(_number, max_size=2),
    "lt": _number,
    "gte": _number,
    "isNull": st.booleans(),
}
KINDS: dict[str, Any] = {"eq": _kind, "ne": _kind, "isNull": st.booleans()}
COLUMNS: dict[str, dict[str, Any]] = {
    "Post": {
        "title": STRINGS,
        "views": INTEGERS,
        "kind": KINDS,
        "isPublished": st.none() | st.booleans(),
        "loud": st.booleans(),
    },
    "User": {"username": STRINGS},
    "Comment": {"body": STRINGS},
    "Tag": {"name": STRINGS},
}
ONE: dict[str, dict[str, str]] = {
    "Post": {"author": "User", "parent": "Post"},
    "Comment": {"post": "Post"},
}
MANY: dict[str, dict[str, str]] = {
    "Post": {"comments": "Comment", "replies": "Post", "tags": "Tag"},
    "User": {"posts": "Post", "published": "Post"},
    "Tag": {"posts": "Post"},
}
LOGIC = {"Post": ("and", "or", "not"), "User": ("and", "or", "not")}


@dataclass(frozen=True)
class Words:
    """What may be asked of the types of a schema, by their names."""

    columns: Mapping[str, Mapping[str, Any]]
    """The fields of a filter about columns, with strategies for their values."""
    one: Mapping[str, Mapping[str, str]]
    """Those about a relationship to one → its type."""
    many: Mapping[str, Mapping[str, str]]
    logic: Mapping[str, Sequence[str]]
    orders: Mapping[str, Sequence[str]]
    """The values of an order."""
    objects: Mapping[str, Mapping[str, str]]
    """The fields of the type itself that give one object → its type."""
    lists: Mapping[str, Mapping[str, str]]
    connections: Mapping[str, str] = field(default_factory=dict)
    """Field of a list → that of the connection, if it is not named `…Pages`."""
    relationships: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Type and field → relationship, where that has another name."""
    unpaged: frozenset[str] = frozenset()
    """The fields of lists that have no connection beside them."""

    def order_of(self, type_name: str) -> Any:
        """Return a strategy for orders of a type."""
        return st.lists(
            st.sampled_from(self.orders[type_name]), max_size=2, unique_by=_sort_key
        )


def _sort_key(item: str) -> str:
    return item.split("_ASC")[0].split("_DESC")[0]


@st.composite
def filters(
    draw: Any, type_name: str = "Post", depth: int = 3, words: Words | None = None
) -> dict[str, Any]:
    """Draw a filter of a type, with at least one key at each place."""
    words = words or BLOG
    columns, one = words.columns[type_name], words.one.get(type_name, {})
    many, logic = words.many.get(type_name, {}), words.logic.get(type_name, ("not",))
    names = [*columns, *((*one, *many, *logic) if depth else ())]
    found: dict[str, Any] = {}
    for name in draw(
        st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)
    ):
        if name in columns:
            values = columns[name]
            found[name] = draw(_some_of(values) if isinstance(values, dict) else values)
        elif name in one:
            found[name] = draw(filters(one[name], depth - 1, words))
        elif name in many:
            parts = filters(many[name], depth - 1, words)
            found[name] = draw(
                _some_of(dict.fromkeys(("some", "none", "every"), parts))
            )
        elif name == "not":
            found[name] = draw(filters(type_name, depth - 1, words))
        else:
            parts = filters(type_name, depth - 1, words)
            found[name] = draw(st.lists(parts, min_size=1, max_size=2))
    return found


@st.composite
def _some_of(draw: Any, values: dict[str, Any]) -> dict[str, Any]:
    names = st.lists(st.sampled_from([*values]), min_size=1, max_size=2, unique=True)
    return {name: draw(values[name]) for name in draw(names)}


PORTABLE = (
    "TITLE_ASC",
    "TITLE_DESC",
    "VIEWS_ASC",
    "VIEWS_DESC",
    "VIEWS_ASC_NULLS_FIRST",
    "VIEWS_ASC_NULLS_LAST",
    "VIEWS_DESC_NULLS_FIRST",
    "VIEWS_DESC_NULLS_LAST",
    "RANK_ASC",
    "RANK_DESC",
    "SCORE_ASC",
    "SCORE_DESC",
    "CREATED_AT_ASC",
    "CREATED_AT_DESC",
    "IS_PUBLISHED_ASC",
    "AUTHOR_USERNAME_ASC",
    "AUTHOR_USERNAME_DESC",
    "AUTHOR_USERNAME_DESC_NULLS_LAST",
    "PARENT_AUTHOR_USERNAME_ASC",
    "LOUDNESS_ASC",
    "LOUDNESS_DESC",
    "ID_ASC",
    "ID_DESC",
)
"""Values of `PostOrder` that all databases order alike, but for NULL."""
orders = st.lists(
    st.sampled_from((*PORTABLE, "KIND_ASC", "KIND_DESC")),
    max_size=3,
    unique_by=_sort_key,
)
BLOG = Words(
    columns=COLUMNS,
    one=ONE,
    many=MANY,
    logic=LOGIC,
    orders={"Post": PORTABLE},
    objects={"User": {}, "Tag": {}, "Post": {"author": "User"}},
    lists={name: {"few": "Post"} for name in ("User", "Tag", "Post")},
    connections={"few": "pages"},
    relationships={
        ("User", "few"): "posts",
        ("Tag", "few"): "posts",
        ("Post", "few"): "replies",
    },
)
"""What the schema of `paths` may be asked."""
