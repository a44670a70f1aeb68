"""Rows fetched with SQLAlchemy Core and put together in Python, without GraphQL.

What an endpoint written for each question would cost. Its answers are what the
others are compared with.
"""

from __future__ import annotations

from collections import defaultdict
from inspect import isawaitable
from typing import Any

from sqlalchemy import select

from benchmarks.blog import Comment, Post, Tag, User, post_tags
from benchmarks.contestant import Answer, Contestant, to_json
from benchmarks.workloads import Workload

AUTHORS = select(Post.id, Post.title, User.id, User.username).join(Post.author)


class CoreRows(Contestant):
    name = "Core rows, by hand"

    async def answer(self, workload: Workload) -> Answer:
        async with self.database.connection() as self.connection:
            data = await getattr(self, workload.name)(**workload.variables)
        return Answer(to_json({"data": data}))

    async def rows(self, stmt: Any) -> Any:
        result = self.connection.execute(stmt)
        if isawaitable(result):
            result = await result
        return result.all()

    async def flat(self) -> Any:
        rows = await self.rows(select(Post.id, Post.title, Post.body, Post.views))
        return {
            "posts": [
                {"id": str(id_), "title": title, "body": body, "views": views}
                for id_, title, body, views in rows
            ]
        }

    async def nested(self) -> Any:
        return {"posts": await self.posts(AUTHORS)}

    async def fallback(self) -> Any:
        return {"publishedPosts": await self.posts(AUTHORS.where(Post.is_published))}

    async def skipped(self, *, comments: bool) -> Any:
        assert not comments
        return await self.nested()

    async def one(self, id: int) -> Any:
        posts = await self.posts(AUTHORS.where(Post.id == id), id)
        return {"post": posts[0] if posts else None}

    async def posts(
        self, stmt: Any, post_id: int | None = None
    ) -> list[dict[str, Any]]:
        tagged = select(post_tags.c.post_id, Tag.id, Tag.name).join(Tag)
        if post_id is not None:
            tagged = tagged.where(post_tags.c.post_id == post_id)
        tags = defaultdict(list)
        for of_post, tag_id, name in await self.rows(tagged):
            tags[of_post].append({"id": str(tag_id), "name": name})
        return [
            {
                "id": str(id_),
                "title": title,
                "author": {"id": str(author_id), "username": username},
                "tags": tags[id_],
            }
            for id_, title, author_id, username in await self.rows(stmt)
        ]

    async def deep(self) -> Any:
        comments = defaultdict(list)
        for post_id, id_, body, author_id, username in await self.rows(
            select(
                Comment.post_id, Comment.id, Comment.body, User.id, User.username
            ).join(Comment.author)
        ):
            author = {"id": str(author_id), "username": username}
            comments[str(post_id)].append(
                {"id": str(id_), "body": body, "author": author}
            )
        posts = await self.posts(AUTHORS)
        for post in posts:
            post["comments"] = comments[post["id"]]
        return {"posts": posts}

    async def siblings(self) -> Any:
        users = await self.rows(select(User.id, User.username))
        posts = await self.rows(AUTHORS)
        tags = await self.rows(select(Tag.id, Tag.name))
        return {
            "users": [{"id": str(id_), "username": name} for id_, name in users],
            "posts": [
                {
                    "id": str(id_),
                    "title": title,
                    "author": {"id": str(author_id), "username": username},
                }
                for id_, title, author_id, username in posts
            ],
            "tags": [{"id": str(id_), "name": name} for id_, name in tags],
        }


CONTESTANTS = [CoreRows]
