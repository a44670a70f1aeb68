"""strawberry-sqlalchemy-mapper: types of the models, a DataLoader a relationship.

Its loader fails on many-to-many (strawberry-graphql/strawberry-sqlalchemy#19), so the
root resolvers load `tags` eagerly where the query asks for them.
"""

from typing import Any

import strawberry
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload
from strawberry_sqlalchemy_mapper import (
    StrawberrySQLAlchemyLoader,
    StrawberrySQLAlchemyMapper,
)

from benchmarks import blog
from benchmarks.contestant import Answer, Contestant, to_json, with_string_ids
from benchmarks.workloads import Workload

# No postponed annotations here: strawberry reads them.

mapper: Any = StrawberrySQLAlchemyMapper(always_use_list=True)


@mapper.type(blog.User)
class User:
    pass


@mapper.type(blog.Post)
class Post:
    pass


@mapper.type(blog.Comment)
class Comment:
    pass


@mapper.type(blog.Tag)
class Tag:
    pass


def all_of(model: type[blog.Base], info: strawberry.Info) -> Any:
    return info.context["session"].scalars(select(model)).all()


def posts_with_tags(info: strawberry.Info) -> Select[Any]:
    selections = info.selected_fields[0].selections
    if any(getattr(selection, "name", None) == "tags" for selection in selections):
        return select(blog.Post).options(selectinload(blog.Post.tags))
    return select(blog.Post)


@strawberry.type
class Query:
    @strawberry.field
    def users(self, info: strawberry.Info) -> list[User]:
        return all_of(blog.User, info)

    @strawberry.field
    def posts(self, info: strawberry.Info) -> list[Post]:
        return info.context["session"].scalars(posts_with_tags(info)).all()

    @strawberry.field
    def tags(self, info: strawberry.Info) -> list[Tag]:
        return all_of(blog.Tag, info)

    @strawberry.field
    def published_posts(self, info: strawberry.Info) -> list[Post]:
        stmt = posts_with_tags(info).where(blog.Post.is_published)
        return info.context["session"].scalars(stmt).all()

    @strawberry.field
    def post(self, info: strawberry.Info, id: int) -> Post | None:
        stmt = posts_with_tags(info).where(blog.Post.id == id)
        return info.context["session"].scalars(stmt).one_or_none()


class StrawberryMapper(Contestant):
    name = "strawberry-sqlalchemy-mapper"

    async def start(self) -> None:
        mapper.finalize()
        self.schema = strawberry.Schema(query=Query)

    async def answer(self, workload: Workload) -> Answer:
        async with self.database.session() as session:
            result = await self.schema.execute(
                workload.query,
                workload.variables,
                context_value={
                    "session": session,
                    "sqlalchemy_loader": StrawberrySQLAlchemyLoader(bind=session),
                },
            )
        if result.errors:
            raise result.errors[0]
        return Answer(to_json({"data": result.data}))

    def normalize(self, workload: Workload, data: Any) -> Any:
        return with_string_ids(data)


CONTESTANTS = [StrawberryMapper]
