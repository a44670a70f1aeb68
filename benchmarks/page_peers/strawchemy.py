"""strawchemy: nested pages by its own arguments."""

from typing import Any

import strawberry
from strawchemy import Strawchemy, StrawchemyConfig

from benchmarks import pages
from benchmarks.contestant import Answer, Contestant, to_json, with_string_ids
from benchmarks.workloads import Workload

# No postponed annotations here: strawberry reads them.

QUERY = f"""
{{
  shelves {{
    id name
    books(orderBy: [{{position: ASC}}, {{id: ASC}}], limit: {pages.FIRST}) {{
      id title position
    }}
  }}
}}
"""


def make_schema(dialect: Any) -> strawberry.Schema:
    mapper = Strawchemy(
        StrawchemyConfig(dialect, session_getter=lambda info: info.context["session"])
    )

    @mapper.type(pages.Book, include="all", override=True)
    class Book:
        pass

    @mapper.type(
        pages.Shelf, include="all", paginate=["books"], order=["books"], override=True
    )
    class Shelf:
        pass

    @strawberry.type
    class Query:
        shelves: list[Shelf] = mapper.field()

    return strawberry.Schema(query=Query)


class StrawchemyPage(Contestant):
    name = "strawchemy"
    workloads = frozenset({"page"})

    async def start(self) -> None:
        self.schema = make_schema(self.database.kind)

    async def answer(self, workload: Workload) -> Answer:
        async with self.database.session() as session:
            result = await self.schema.execute(
                QUERY, context_value={"session": session}
            )
        if result.errors:
            raise result.errors[0]
        return Answer(to_json({"data": result.data}))

    def normalize(self, workload: Workload, data: Any) -> Any:
        return with_string_ids(data)


CONTESTANTS = [StrawchemyPage]
