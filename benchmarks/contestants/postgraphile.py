"""PostGraphile v5, in a Node.js process that says itself how long it took.

Its schema comes from the tables, so its queries and the shape of its answers differ
from those of the others. Install it with `npm install` in `benchmarks/postgraphile`.
"""

from __future__ import annotations

import asyncio
import json
import os
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.contestant import Answer, Contestant, with_string_ids
from benchmarks.workloads import Workload

FOLDER = Path(__file__).parents[1] / "postgraphile"
# PostGraphile needs Node.js 22, which the npm package `node` brings.
NODE = FOLDER / "node_modules" / ".bin" / "node"
if not NODE.exists():
    msg = "PostGraphile is not installed; `npm install` in benchmarks/postgraphile"
    raise ImportError(msg)

USER = "author: userByAuthorId { id: rowId username }"
NESTED = f"""
id: rowId title {USER}
tags: postTagsByPostId {{ nodes {{ tag: tagByTagId {{ id: rowId name }} }} }}
"""
COMMENTS = f"{{ nodes {{ id: rowId body {USER} }} }}"

QUERIES = {
    "flat": "{ posts: allPosts { nodes { id: rowId title body views } } }",
    "nested": f"{{ posts: allPosts {{ nodes {{ {NESTED} }} }} }}",
    "deep": f"""
    {{
      posts: allPosts {{ nodes {{ {NESTED} comments: commentsByPostId {COMMENTS} }} }}
    }}
    """,
    "one": f"query ($id: Int!) {{ post: postByRowId(rowId: $id) {{ {NESTED} }} }}",
    "siblings": f"""
    {{
      users: allUsers {{ nodes {{ id: rowId username }} }}
      posts: allPosts {{ nodes {{ id: rowId title {USER} }} }}
      tags: allTags {{ nodes {{ id: rowId name }} }}
    }}
    """,
    "skipped": f"""
    query ($comments: Boolean!) {{
      posts: allPosts {{
        nodes {{
          {NESTED}
          comments: commentsByPostId @include(if: $comments) {COMMENTS}
        }}
      }}
    }}
    """,
}


class PostGraphile(Contestant):
    name = "PostGraphile v5 (Node.js)"
    databases = frozenset({"postgresql"})
    workloads = frozenset(QUERIES)
    queries = QUERIES
    """The query of each workload."""

    @property
    def url(self) -> str:
        url = self.database.url.set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            NODE,
            FOLDER / "answer.mjs",
            self.url,
            stdin=PIPE,
            stdout=PIPE,
            env={**os.environ, "GRAPHILE_ENV": "production"},
            limit=2**30,  # bytes of one line, which is one answer
        )
        if await self._read_line() != "ready\n":
            msg = "PostGraphile did not start."
            raise RuntimeError(msg)

    async def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        await self.process.wait()

    async def answer(self, workload: Workload) -> Answer:
        request = {"query": self.query(workload), "variables": workload.variables}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        seconds, text = (await self._read_line()).split("\t", 1)
        return Answer(text, float(seconds))

    def server(self, listener: int) -> Sequence[str | Path]:
        return [NODE, FOLDER / "serve.mjs", self.url, str(listener)]

    def query(self, workload: Workload) -> str:
        return self.queries[workload.name]

    async def _read_line(self) -> str:
        assert self.process.stdout is not None
        return (await self.process.stdout.readline()).decode()

    def normalize(self, workload: Workload, data: Any) -> Any:
        return with_string_ids(plain_lists(data))


def plain_lists(value: Any) -> Any:
    """Take objects out of connections, and tags out of the rows that link them."""
    if isinstance(value, dict):
        if value.keys() == {"nodes"}:
            return [plain_lists(item) for item in value["nodes"]]
        if value.keys() == {"tag"}:
            return plain_lists(value["tag"])
        return {key: plain_lists(item) for key, item in value.items()}
    return value


CONTESTANTS = [PostGraphile]
