"""What the standard path has to reach, and whether it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from statistics import median

from .load import LoadMeasurement
from .measuring import Measurement, Results
from .pages import (
    CHILDREN,
    OWNERS,
    PAGE,
    STATEMENT_BY_HAND,
    STATEMENT_OF_OURS,
    STATEMENT_ROW_NUMBER,
)
from .workloads import SIZE, SIZES

OURS = "ariadne-sqla"
OURS_WITH_DOCUMENTS = "ariadne-sqla, documents kept"
OURS_WITH_CLOSURES = "ariadne-sqla, completed by closures"
OURS_AS_JSON_WITH_DOCUMENTS = "ariadne-sqla, JSON parsed, documents kept"
OURS_SPLICED = "ariadne-sqla, JSON spliced"
OURS_SPLICED_WITH_DOCUMENTS = "ariadne-sqla, JSON spliced, documents kept"
OURS_WITHOUT_THE_FIELD = "ariadne-sqla, the query without it"
OURS_WITHOUT_COLLECTOR = "ariadne-sqla, garbage collector off"
BASELINE = "ariadne.contrib.sqlalchemy"
BY_HAND = "Ariadne, resolvers by hand"
POLICIES = "ariadne-sqla, a policy on every type"
CONDITIONS = "ariadne-sqla, the same conditions by hand"
CLOSURES = ", completed by closures"
POSTGRAPHILE = "PostGraphile v5 (Node.js)"

JSON_TARGETS = {
    "sqlite": {"flat": 0.06, "nested": 0.04, "deep": 0.04, "one": 0.12, "parsed": 0.1},
    "postgresql": {
        "flat": 0.1,
        "nested": 0.07,
        "deep": 0.07,
        "one": 0.18,
        "parsed": 0.12,
    },
}
"""Database → workload → the most that JSON spliced into the response may take of
contrib's time; and of JSON that is parsed, with `nested`."""

THE_SAME = 1.05
"""Two times are taken for equal up to this ratio."""


@dataclass(frozen=True)
class Target:
    """A bound on a ratio of two measurements of one run."""

    title: str
    database: str
    limit: float
    measured: float
    processor: float
    """The same ratio of processor times, which other work on the machine hardly
    changes."""

    @property
    def is_met(self) -> bool:
        return round(self.measured, 2) <= self.limit


def ratio(measurement: Measurement, to: Measurement) -> float:
    """Return the median of the ratios in each round.

    What slows a round down slows both: this varies less than the ratio of medians.
    """
    return _ratio(measurement.seconds, to.seconds)


def _ratio(ours: list[float], theirs: list[float]) -> float:
    pairs = zip(ours, theirs, strict=True)
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
            (f"{title}, closures, to contrib", OURS_WITH_CLOSURES, BASELINE, name, most)
            for name, title, most in (
                ("flat", "Flat list", 0.4),
                ("nested", "List with author and tags", 0.3),
                ("deep", "Author, comments with authors, tags", 0.3),
                ("fallback", "Below a manual resolver", 0.33),
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
            (
                "A skipped relationship, to the query without it",
                OURS,
                OURS_WITHOUT_THE_FIELD,
                "skipped",
                THE_SAME,
            ),
        ]
        compared += [
            (f"{title}, policies{how}, to conditions by hand", ours, theirs, name, 1.15)
            for name, title in (
                ("nested", "List with author and tags"),
                ("deep", "Author, comments with authors, tags"),
            )
            for ours, theirs, how in (
                (POLICIES, CONDITIONS, ""),
                (POLICIES + CLOSURES, CONDITIONS + CLOSURES, " and closures"),
            )
        ]
        compared += _of_json(database)
        for title, ours, theirs, workload, limit in compared:
            measurement, other = find(ours, workload), find(theirs, workload)
            if measurement and other:
                took = ratio(measurement, other)
                processor = (
                    _ratio(measurement.processor_seconds, other.processor_seconds)
                    if all(other.processor_seconds)
                    else took  # it runs elsewhere
                )
                yield Target(title, database, limit, took, processor)

        weighed = [find(one, "nested", SIZES[-1]) for one in (OURS_SPLICED, BASELINE)]
        peaks = [one.peak_bytes for one in weighed if one and one.peak_bytes]
        if len(peaks) == 2:
            memory = peaks[0] / peaks[1]
            title = f"Peak memory of {SIZES[-1]:,} posts, nested, JSON spliced"
            yield Target(title, database, 0.33, memory, memory)

        rows = OWNERS * CHILDREN
        for name, limit in ((STATEMENT_BY_HAND, 1.5), (STATEMENT_ROW_NUMBER, 0.1)):
            measured = find(STATEMENT_OF_OURS, PAGE.name, rows)
            to = find(name, PAGE.name, rows)
            if measured and to:
                page = ratio(measured, to)
                title = f"{PAGE.title}, the statement alone, to {name}"
                yield Target(title, database, limit, page, page)

        for workload, (fewer, more) in product(("nested", "deep"), pairwise(SIZES)):
            title = f"Time per post, {workload}, {more:,} to {fewer:,} posts"
            for ours, how in ((OURS, ""), (OURS_WITHOUT_COLLECTOR, ", collector off")):
                small, large = find(ours, workload, fewer), find(ours, workload, more)
                if small and large:
                    yield _of_medians(title + how, database, large, small)


def _of_json(database: str) -> Iterator[tuple[str, str, str, str, float]]:
    most = JSON_TARGETS[database]
    for name, title in (
        ("flat", "Flat list"),
        ("nested", "List with author and tags"),
        ("deep", "Author, comments with authors, tags"),
    ):
        what = f"{title}, JSON spliced, documents kept"
        ours = OURS_SPLICED_WITH_DOCUMENTS
        yield f"{what}, to contrib", ours, BASELINE, name, most[name]
        yield f"{what}, to PostGraphile", ours, POSTGRAPHILE, name, 0.5
    one = "One object by id, JSON spliced, documents kept, to contrib"
    yield one, OURS_SPLICED_WITH_DOCUMENTS, BASELINE, "one", most["one"]
    parsed = "List with author and tags, JSON parsed, documents kept, to contrib"
    yield parsed, OURS_AS_JSON_WITH_DOCUMENTS, BASELINE, "nested", most["parsed"]


def find_load_targets(load: list[LoadMeasurement]) -> Iterator[Target]:
    """Yield the targets under load: requests of PostGraphile to those of ours."""
    by_name = {(one.contestant, one.workload, one.database): one for one in load}
    for name, title, limit in (
        ("nested", "List with author and tags", 1.0),
        ("one", "One object by id", 1 / 0.6),
    ):
        ours = by_name.get((OURS_SPLICED_WITH_DOCUMENTS, name, "postgresql"))
        theirs = by_name.get((POSTGRAPHILE, name, "postgresql"))
        if ours and theirs:
            measured = theirs.requests_per_second / ours.requests_per_second
            what = f"Requests a second, {title}, PostGraphile's to JSON spliced"
            yield Target(what, "postgresql", round(limit, 2), measured, measured)


def _of_medians(
    title: str, database: str, ours: Measurement, other: Measurement
) -> Target:
    """Compare measurements of different rounds, by the post where sizes differ."""
    posts = ours.posts / other.posts
    processor = median(ours.processor_seconds) / median(other.processor_seconds)
    return Target(
        title,
        database,
        THE_SAME,
        ours.median / other.median / posts,
        processor / posts,
    )
