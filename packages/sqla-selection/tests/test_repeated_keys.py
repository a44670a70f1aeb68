"""Which classes are read from what may have several rows of one key."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, inspect
from sqlalchemy.orm import registry

from sqla_selection.keys import may_repeat_key

metadata = MetaData()
users = Table("users", metadata, Column("id", Integer, primary_key=True))
profiles = Table(
    "profiles",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
)
posts = Table(
    "posts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id")),
)
views = Table("views", metadata, Column("user_id", ForeignKey("users.id")))


@pytest.mark.parametrize(
    ("table", "key", "repeats"),
    [
        (users, None, False),
        (views, [views.c.user_id], False),  # as the mapping says
        (users.join(profiles), [users.c.id], False),
        (users.join(posts), [users.c.id, posts.c.id], False),
        (users.join(posts), [users.c.id], True),
        (users.outerjoin(posts), [users.c.id], True),
        (users.join(profiles, users.c.id > profiles.c.user_id), [users.c.id], True),
        (users.join(views), [users.c.id], True),
        (users.select().subquery(), None, True),
        (users.alias(), None, True),
    ],
)
def test_what_may_have_several_rows_of_one_key(
    table: Any, key: Any, repeats: bool
) -> None:
    mapped = type("Mapped", (), {})
    columns = {f"column_{n}": column for n, column in enumerate(table.c)}
    registry().map_imperatively(mapped, table, primary_key=key, properties=columns)

    assert may_repeat_key(inspect(mapped)) is repeats
