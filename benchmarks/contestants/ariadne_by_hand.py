"""Ariadne resolvers as a careful developer writes them, without any integration.

Each root resolver eager-loads the relationships that the query names; everything
below is Ariadne's own attribute resolver.
"""

from __future__ import annotations

from inspect import isawaitable
from typing import Any

from ariadne import QueryType, make_executable_schema
from graphql import GraphQLSchema
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from benchmarks.ariadne_contestant import AriadneContestant
from benchmarks.blog import TYPE_DEFS, Comment, Post, Tag, User

LOADS = {
    "author": [joinedload(Post.author)],
    "tags": [selectinload(Post.tags)],
    "comments": [selectinload(Post.comments).joinedload(Comment.author)],
}


def posts(info: Any) -> Select[Any]:
    selections = info.field_nodes[0].selection_set.selections
    names = {selection.name.value for selection in selections}
    loads = [load for name in LOADS if name in names for load in LOADS[name]]
    return select(Post).options(*loads)


def make_schema() -> GraphQLSchema:
    query = QueryType()

    def run(info: Any, stmt: Select[Any]) -> Any:
        return info.context["session"].scalars(stmt)

    @query.field("posts")
    async def resolve_posts(_: Any, info: Any) -> Any:
        return (await finished(run(info, posts(info)))).all()

    @query.field("publishedPosts")
    async def resolve_published_posts(_: Any, info: Any) -> Any:
        stmt = posts(info).where(Post.is_published)
        return (await finished(run(info, stmt))).all()

    @query.field("post")
    async def resolve_post(_: Any, info: Any, id: int) -> Any:
        stmt = posts(info).where(Post.id == id)
        return (await finished(run(info, stmt))).one_or_none()

    @query.field("users")
    async def resolve_users(_: Any, info: Any) -> Any:
        return (await finished(run(info, select(User)))).all()

    @query.field("tags")
    async def resolve_tags(_: Any, info: Any) -> Any:
        return (await finished(run(info, select(Tag)))).all()

    return make_executable_schema(TYPE_DEFS, query)


async def finished(result: Any) -> Any:
    return await result if isawaitable(result) else result


class AriadneByHand(AriadneContestant):
    name = "Ariadne, resolvers by hand"

    def make_schema(self) -> GraphQLSchema:
        return make_schema()


CONTESTANTS = [AriadneByHand]
