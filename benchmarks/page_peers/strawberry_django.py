"""strawberry-django: nested pages of Django's ORM on the same tables."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
import strawberry
import strawberry_django
from django.conf import settings
from django.db import connections, models
from strawberry_django.optimizer import DjangoOptimizerExtension

from benchmarks.contestant import Answer, Contestant, to_json, with_string_ids
from benchmarks.pages import FIRST
from benchmarks.workloads import Workload

# No postponed annotations here: strawberry reads them.

QUERY = f"""
{{
  shelves {{
    id name
    books(ordering: [{{position: ASC}}, {{id: ASC}}], pagination: {{limit: {FIRST}}}) {{
      id title position
    }}
  }}
}}
"""
ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "postgresql": "django.db.backends.postgresql",
}

if not settings.configured:
    settings.configure(
        INSTALLED_APPS=["benchmarks", "strawberry_django"],  # of the models below, too
        DATABASES={
            "default": {
                "ENGINE": ENGINES["sqlite"],
                "NAME": ":memory:",
                "CONN_MAX_AGE": None,
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
    )
    django.setup()


class ShelfRow(models.Model):
    id = models.AutoField(primary_key=True)
    name = models.TextField()

    class Meta:
        app_label = "benchmarks"
        db_table = "shelves"
        managed = False


class BookRow(models.Model):
    id = models.AutoField(primary_key=True)
    title = models.TextField()
    position = models.IntegerField()
    shelf = models.ForeignKey(ShelfRow, models.CASCADE, related_name="books")

    class Meta:
        app_label = "benchmarks"
        db_table = "books"
        managed = False


@strawberry_django.order_type(BookRow)
class BookOrder:
    position: strawberry.auto
    id: strawberry.auto


@strawberry_django.type(BookRow, pagination=True, ordering=BookOrder)
class Book:
    id: strawberry.auto
    title: strawberry.auto
    position: strawberry.auto


@strawberry_django.type(ShelfRow)
class Shelf:
    id: strawberry.auto
    name: strawberry.auto
    books: list[Book]


@strawberry.type
class Query:
    shelves: list[Shelf] = strawberry_django.field()


SCHEMA = strawberry.Schema(query=Query, extensions=[DjangoOptimizerExtension])


class StrawberryDjangoPage(Contestant):
    name = "strawberry-django"
    workloads = frozenset({"page"})

    async def start(self) -> None:
        url = self.database.url
        connections.settings["default"].update(
            ENGINE=ENGINES[self.database.kind],
            NAME=url.database,
            HOST=url.host or "",
            PORT=str(url.port or ""),
            USER=url.username or "",
            PASSWORD=url.password or "",
        )
        # As under WSGI: no event loop, and a connection that the thread keeps.
        self.thread = ThreadPoolExecutor(1)

    async def stop(self) -> None:
        self.thread.submit(connections.close_all).result()
        self.thread.shutdown()

    async def answer(self, workload: Workload) -> Answer:
        result = await asyncio.wrap_future(
            self.thread.submit(SCHEMA.execute_sync, QUERY)
        )
        if result.errors:
            raise result.errors[0]
        return Answer(to_json({"data": result.data}))

    def normalize(self, workload: Workload, data: Any) -> Any:
        return with_string_ids(data)


CONTESTANTS = [StrawberryDjangoPage]
