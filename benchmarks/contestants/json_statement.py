"""One statement, written by hand, whose answer the database builds as JSON.

The least that any of this can cost.
"""

# ruff: noqa: S608 - SQL put together from what this file says

from __future__ import annotations

from inspect import isawaitable

from sqlalchemy import text

from benchmarks.contestant import Answer, Contestant
from benchmarks.workloads import Workload

USER = {"id": "CAST(u.id AS text)", "username": "u.username"}
TAG = {"id": "CAST(t.id AS text)", "name": "t.name"}


class Sql:
    """Members of posts, in the JSON functions of SQLite and its way to be fast."""

    def object(self, members: dict[str, str]) -> str:
        pairs = ", ".join(f"'{key}', {value}" for key, value in members.items())
        return f"json_object({pairs})"

    def array(self, members: dict[str, str], source: str) -> str:
        return f"(SELECT json_group_array({self.object(members)}) FROM {source})"

    def collection(
        self, members: dict[str, str], source: str, post_id: str
    ) -> tuple[str, str]:
        """Return the expression for the objects of a post, and what it must join."""
        return self.array(members, f"{source} WHERE {post_id} = p.id"), ""


class PostgreSQL(Sql):
    """Of PostgreSQL, where one aggregate for all posts is faster than one for each.

    It pushes a condition on the post's id into the aggregate.
    """

    def object(self, members: dict[str, str]) -> str:
        pairs = ", ".join(f"'{key}', {value}" for key, value in members.items())
        return f"json_build_object({pairs})"

    def array(self, members: dict[str, str], source: str) -> str:
        return (
            f"(SELECT coalesce(json_agg({self.object(members)}), '[]') FROM {source})"
        )

    def collection(
        self, members: dict[str, str], source: str, post_id: str
    ) -> tuple[str, str]:
        name = "of_" + post_id.replace(".", "_")
        grouped = (
            f"SELECT {post_id} AS post_id, json_agg({self.object(members)}) AS items "
            f"FROM {source} GROUP BY {post_id}"
        )
        join = f" LEFT JOIN ({grouped}) {name} ON {name}.post_id = p.id"
        return f"coalesce({name}.items, '[]')", join


def make_statements(sql: Sql) -> dict[str, str]:
    """Write the statement of each workload."""
    tags, join_tags = sql.collection(
        TAG, "post_tags pt JOIN tags t ON t.id = pt.tag_id", "pt.post_id"
    )
    comments, join_comments = sql.collection(
        {
            "id": "CAST(c.id AS text)",
            "body": "c.body",
            "author": sql.object(USER),
        },
        "comments c JOIN users u ON u.id = c.author_id",
        "c.post_id",
    )
    with_author = {
        "id": "CAST(p.id AS text)",
        "title": "p.title",
        "author": sql.object(USER),
    }
    posts = "posts p JOIN users u ON u.id = p.author_id"
    nested, nested_posts = {**with_author, "tags": tags}, posts + join_tags
    flat = {
        "id": "CAST(p.id AS text)",
        "title": "p.title",
        "body": "p.body",
        "views": "p.views",
    }
    one = f"(SELECT {sql.object(nested)} FROM {nested_posts} WHERE p.id = :id)"
    data = {
        "flat": {"posts": sql.array(flat, "posts p")},
        "nested": {"posts": sql.array(nested, nested_posts)},
        "deep": {
            "posts": sql.array(
                {**nested, "comments": comments}, nested_posts + join_comments
            )
        },
        "one": {"post": one},
        "fallback": {
            "publishedPosts": sql.array(nested, f"{nested_posts} WHERE p.is_published")
        },
        "siblings": {
            "users": sql.array(USER, "users u"),
            "posts": sql.array(with_author, posts),
            "tags": sql.array(TAG, "tags t"),
        },
        "skipped": {"posts": sql.array(nested, nested_posts)},
    }
    return {
        name: f"SELECT CAST({sql.object({'data': sql.object(members)})} AS text)"
        for name, members in data.items()
    }


class JsonStatement(Contestant):
    name = "One JSON statement, by hand"

    async def start(self) -> None:
        sql = PostgreSQL() if self.database.kind == "postgresql" else Sql()
        self.statements = {
            name: text(statement) for name, statement in make_statements(sql).items()
        }

    async def answer(self, workload: Workload) -> Answer:
        parameters = {"id": workload.variables["id"]} if workload.name == "one" else {}
        async with self.database.connection() as connection:
            answer = connection.scalar(self.statements[workload.name], parameters)
            if isawaitable(answer):
                answer = await answer
        return Answer(answer)


CONTESTANTS = [JsonStatement]
