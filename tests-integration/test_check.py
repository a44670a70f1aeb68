"""`check` finds nothing in the playground's schema but what it is meant to show."""

from __future__ import annotations

from sqlalchemy import create_engine

from ariadne_sqla.check import assert_no_findings
from playground.models import Base
from playground.schema import make_schema

SILENCED = [
    # Its page sends one query at a time, and a guard stops those that take too long.
    "unbounded-list",
    # Examples filter and order by what no index leads: its tables are small.
    "filter-index",
    "order-index",
    # It shows what a property without a hint costs.
    "unplanned-code:Post.signature",
]


def test_the_schema_of_the_playground_fits_its_models() -> None:
    assert_no_findings(make_schema(), silence=SILENCED)


def test_it_fits_the_database_that_is_made_of_them() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)

    assert_no_findings(make_schema(), silence=SILENCED, engine=engine)
