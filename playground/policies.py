"""Which rows a viewer may see, for those who ask "See as".

A draft is seen by its author and by admins, and what belongs to a post by whoever sees
the post. The playground takes each request's word for who asks: an application of one's
own would know it from a session or a token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, ColumnElement, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ariadne_sqla import Policy, public

from .models import Base, Comment, Post, PostRevision, RevisionNote

VIEWERS = re.compile("anonymous|admin|user:([1-9][0-9]{0,8})")


@dataclass(frozen=True)
class Viewer:
    """Who asks."""

    user_id: int | None = None
    is_admin: bool = False


def read_viewer(text: str) -> Viewer:
    """Return who `anonymous`, `admin` or `user:7` is.

    Raises:
        ValueError: It is nobody.
    """
    match = VIEWERS.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return Viewer(int(match[1]) if match[1] else None, text == "admin")


class MarkedPolicy(FunctionElement[bool]):
    """A condition between two comments, which tell a reader of the SQL whose it is.

    The condition is the same without them: this is for the page, which colours it.
    """

    inherit_cache = True
    name = "policy"
    type = Boolean()

    def self_group(self, against: Any = None) -> MarkedPolicy:
        """Return it as it is, with parentheses of its own, and no `= 1` after it."""
        return self


@compiles(MarkedPolicy)
def compile_marked(element: MarkedPolicy, compiler: Any, **options: Any) -> str:
    condition = compiler.process(element.clauses, **options)
    return f"/* policy */ ({condition}) /* end of policy */"


Answer = bool | ColumnElement[bool]


def visible_posts(post: Any, info: Any) -> Answer:
    condition = _of_posts(post, info)
    return condition if isinstance(condition, bool) else MarkedPolicy(condition)


def visible_with_their_post(one: Any, info: Any) -> Answer:
    """Return which comments or revisions may be seen: those of a post that may be."""
    condition = _of_posts(Post, info)
    if isinstance(condition, bool):
        return condition
    return MarkedPolicy(one.post.has(condition))


def visible_notes(note: Any, info: Any) -> Answer:
    condition = _of_posts(Post, info)
    if isinstance(condition, bool):
        return condition
    return MarkedPolicy(note.revision.has(PostRevision.post.has(condition)))


def _of_posts(post: Any, info: Any) -> Answer:
    viewer: Viewer = info.context["viewer"]
    if viewer.is_admin:
        return True
    published: ColumnElement[bool] = post.is_published.is_(True)
    if viewer.user_id is None:
        return published
    return or_(published, post.author_id == viewer.user_id)


POLICIES: dict[type[Base], Policy] = {
    Post: visible_posts,
    Comment: visible_with_their_post,
    PostRevision: visible_with_their_post,
    RevisionNote: visible_notes,
}
"""Of the models of which not everybody sees all rows."""


def policy_of(model: type[Base]) -> Policy:
    return POLICIES.get(model, public)
