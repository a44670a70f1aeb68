"""graphene-sqlalchemy 3 rc with its batching, which needs graphql-core 3.2."""

from __future__ import annotations

from typing import Any

import graphene
from graphene_sqlalchemy import SQLAlchemyObjectType
from sqlalchemy import select

from benchmarks import blog
from benchmarks.contestant import Answer, Contestant, to_json
from benchmarks.workloads import Workload


def make_schema() -> graphene.Schema:
    class User(SQLAlchemyObjectType):
        class Meta:
            model = blog.User
            batching = True

        id = graphene.ID(required=True)

    class Tag(SQLAlchemyObjectType):
        class Meta:
            model = blog.Tag
            batching = True

        id = graphene.ID(required=True)

    class Comment(SQLAlchemyObjectType):
        class Meta:
            model = blog.Comment
            batching = True

        id = graphene.ID(required=True)

    class Post(SQLAlchemyObjectType):
        class Meta:
            model = blog.Post
            batching = True

        id = graphene.ID(required=True)

    class Query(graphene.ObjectType):
        users = graphene.List(User)
        posts = graphene.List(Post)
        published_posts = graphene.List(Post)
        tags = graphene.List(Tag)
        post = graphene.Field(Post, id=graphene.Int(required=True))

        def resolve_users(self, info: Any) -> Any:
            return info.context["session"].scalars(select(blog.User)).all()

        def resolve_posts(self, info: Any) -> Any:
            return info.context["session"].scalars(select(blog.Post)).all()

        def resolve_published_posts(self, info: Any) -> Any:
            stmt = select(blog.Post).where(blog.Post.is_published)
            return info.context["session"].scalars(stmt).all()

        def resolve_tags(self, info: Any) -> Any:
            return info.context["session"].scalars(select(blog.Tag)).all()

        def resolve_post(self, info: Any, id: int) -> Any:
            return info.context["session"].get(blog.Post, id)

    return graphene.Schema(query=Query, types=[User, Tag, Comment, Post])


class GrapheneSQLAlchemy(Contestant):
    name = "graphene-sqlalchemy"

    async def start(self) -> None:
        self.schema = make_schema()

    async def answer(self, workload: Workload) -> Answer:
        async with self.database.session() as session:
            result = await self.schema.execute_async(
                workload.query,
                variables=workload.variables,
                context={"session": session},
            )
        if result.errors:
            raise result.errors[0]
        return Answer(to_json({"data": result.data}))


CONTESTANTS = [GrapheneSQLAlchemy]
