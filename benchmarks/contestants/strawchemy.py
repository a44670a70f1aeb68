"""strawchemy: types made from the models, one statement for each root field."""

from typing import Any

import strawberry
from strawchemy import Strawchemy, StrawchemyConfig

from benchmarks import blog
from benchmarks.contestant import Answer, Contestant, to_json, with_string_ids
from benchmarks.workloads import WORKLOADS, Workload

# No postponed annotations here: strawberry reads them.


def make_schema(dialect: Any) -> strawberry.Schema:
    mapper = Strawchemy(
        StrawchemyConfig(dialect, session_getter=lambda info: info.context["session"])
    )

    @mapper.type(blog.User, include="all", override=True)
    class User:
        pass

    @mapper.type(blog.Tag, include="all", override=True)
    class Tag:
        pass

    @mapper.type(blog.Comment, include="all", override=True)
    class Comment:
        pass

    @mapper.type(blog.Post, include="all", override=True)
    class Post:
        pass

    @strawberry.type
    class Query:
        users: list[User] = mapper.field()
        posts: list[Post] = mapper.field()
        tags: list[Tag] = mapper.field()
        post: Post = mapper.field()

    return strawberry.Schema(query=Query)


class StrawchemyContestant(Contestant):
    name = "strawchemy"
    # It has no fallback: a manual resolver must load what is asked below it.
    workloads = frozenset(workload.name for workload in WORKLOADS) - {"fallback"}

    async def start(self) -> None:
        self.schema = make_schema(self.database.kind)

    async def answer(self, workload: Workload) -> Answer:
        async with self.database.session() as session:
            result = await self.schema.execute(
                workload.query,
                workload.variables,
                context_value={"session": session},
            )
        if result.errors:
            raise result.errors[0]
        return Answer(to_json({"data": result.data}))

    def normalize(self, workload: Workload, data: Any) -> Any:
        return with_string_ids(data)


CONTESTANTS = [StrawchemyContestant]
