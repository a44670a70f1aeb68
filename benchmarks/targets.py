"""What the standard path has to reach, and whether it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from .measuring import Measurement, Results
from .workloads import SIZE, SIZES

OURS = "ariadne-sqla"
OURS_WITH_DOCUMENTS = "ariadne-sqla, documents kept"
BASELINE = "ariadne.contrib.sqlalchemy"
BY_HAND = "Ariadne, resolvers by hand"

THE_SAME = 1.05
"""Two medians of different moments of a run are taken for equal up to this ratio."""


@dataclass(frozen=True)
class Target:
    """A bound on a ratio of two measurements of one run."""

    title: str
    database: str
    limit: float
    measured: float

    @property
    def is_met(self) -> bool:
        return round(self.measured, 2) <= self.limit


def ratio(measurement: Measurement, to: Measurement) -> float:
    """Return the median of the ratios in each round.

    What slows a round down slows both: this varies less than the ratio of medians.
    """
    if len(measurement.seconds) != len(to.seconds):
        return measurement.median / to.median
    pairs = zip(measurement.seconds, to.seconds, strict=True)
    return median(one / other for one, other in pairs)


def find_targets(results: Results, databases: list[str]) -> Iterator[Target]:
    """Yield the targets that a run has measured."""
    for database in databases:

        def find(
            contestant: str, workload: str, posts: int = SIZE, database: str = database
        ) -> Measurement | None:
            return results.find(contestant, workload, database, posts)

        compared = [
            (f"{title}, to resolvers by hand", OURS, BY_HAND, name, 1.0)
            for name, title in (
                ("nested", "List with author and tags"),
                ("deep", "Author, comments with authors, tags"),
                ("fallback", "Below a manual resolver"),
            )
        ]
        compared += [
            ("Flat list, to contrib", OURS, BASELINE, "flat", 0.95),
            (
                "One object by id, documents kept, to contrib",
                OURS_WITH_DOCUMENTS,
                BASELINE,
                "one",
                0.55,
            ),
        ]
        for title, ours, theirs, workload, limit in compared:
            measurement, other = find(ours, workload), find(theirs, workload)
            if measurement and other:
                yield Target(title, database, limit, ratio(measurement, other))

        skipped, without = find(OURS, "skipped"), find(OURS, "nested")
        if skipped and without:
            yield Target(
                "A skipped relationship, to the query without it",
                database,
                THE_SAME,
                skipped.median / without.median,
            )

        for workload in ("nested", "deep"):
            for fewer, more in pairwise(SIZES):
                small, large = find(OURS, workload, fewer), find(OURS, workload, more)
                if small and large:
                    title = f"Time per post, {workload}, {more:,} to {fewer:,} posts"
                    per_post = (large.median / more) / (small.median / fewer)
                    yield Target(title, database, THE_SAME, per_post)
