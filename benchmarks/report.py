"""The results of a run as a page of the documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median
from typing import Any

from .load import LoadMeasurement
from .measuring import Measurement, Results
from .pages import CHILDREN, OWNERS, PAGE, STATEMENT_BY_HAND, STATEMENTS_ALONE
from .targets import (
    BASELINE,
    BY_HAND,
    OURS,
    OURS_SPLICED_WITH_DOCUMENTS,
    find_load_targets,
    find_targets,
    ratio,
)
from .workloads import SIZE, SIZES, WORKLOADS

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

INTRODUCTION = """\
# Benchmarks

![Ratios of one request's time](assets/benchmarks/ratios-postgresql.svg)

{sentence}

This page and its plots are written by the benchmark run itself:

```console
hatch run bench:run
```

All contestants answer the same GraphQL requests on the same rows, in turns in one
process, after a check that they all give the same answer. A time is that of one request
in the process, from the text of the query to the text of the answer, with a session of
its own, without HTTP; the median of all rounds. What contestants keep between
requests is out of the garbage collector's sight (`gc.freeze()`), so that none pays for
the others. **In parentheses is the ratio to `ariadne.contrib.sqlalchemy` in the same
rounds: smaller is faster.**
`benchmarks/README.md` says how to add a contestant.
"""

TARGETS = """\
What this project sets itself, as ratios in this run. *Processor time* is the same ratio
of what this process used of the processor: other work on the machine hardly changes it,
and it leaves the database server out.
"""

NOTES = """\
*completed by closures*, *JSON parsed* and *JSON spliced* are with
`SQLAlchemyExecutionContext`: by objects alone; with the JSON of one statement, parsed
into the result; and with that text written into the response as it is.
*documents kept* is the same with the parser and validator of a `DocumentCache`.
*the query without it* is the list with author and tags, in the rounds of the query that
skips the comments.
*by hand* are what one writes for one question and not for a schema: Ariadne resolvers
with eager loading; rows of SQLAlchemy Core put together in Python without GraphQL; one
statement whose answer the database builds as JSON, which is the least it can cost.
*garbage collector off* shows how much of the time, and of its growth with the number of
posts, is Python's own: a higher `gc.set_threshold()` saves most of it in a server.
PostGraphile runs in a Node.js process and tells its own time, its statements and memory
are not measured here. It keeps documents too, and how each is to be answered.
"""


PAGES = f"""\
`{PAGE.query}`, on {OWNERS * CHILDREN:,} rows with an index on the owner's key, the
order and the primary key. *Statements alone* are what the driver takes from sending
the text to the last row: that of a request to ariadne-sqla as it is sent; what one
writes by hand for the database (`LATERAL` on PostgreSQL, `IN` with a `LIMIT` on
SQLite); and `row_number()`. The others are whole requests. In parentheses is the ratio
to the one by hand of its kind. *Processor time* is what this process used of the
processor.
"""


def opening(results: Results) -> str:
    """Return what the first plot says, in one sentence."""
    nested = next(one for one in WORKLOADS if one.name == "nested")
    told = []
    for database in ("postgresql", "sqlite"):
        ours = results.find(OURS, nested.name, database, SIZE)
        baseline = results.find(BASELINE, nested.name, database, SIZE)
        if ours and baseline:
            times = f"{ratio(ours, baseline):.2f} times as long as contrib's"
            took = f"{_three_digits(ours.median * 1000)} ms on {DATABASES[database]}"
            told.append(f"{took}, {times}")
    if not told:
        return "Nothing to compare was measured in this run."
    what = f"**{nested.title}, {SIZE:,} posts: ariadne-sqla takes"
    return f"{what} {'; '.join(told)}.**"


PEERS = ("strawchemy", "strawberry-sqlalchemy-mapper", "PostGraphile v5 (Node.js)")


def render_peers(results: Results) -> str:
    """Return what the page that compares libraries says of their times."""
    rows = []
    for name in (OURS_SPLICED_WITH_DOCUMENTS, OURS, BASELINE, *PEERS):
        cells = []
        for database in DATABASES:
            found = results.find(name, "nested", database, SIZE)
            baseline = results.find(BASELINE, "nested", database, SIZE)
            cells.append(_time(found, baseline) if found else "")
        rows.append((_emphasized(name), *cells))
    heads = ("", *(f"{title}, {SIZE:,} posts" for title in DATABASES.values()))
    text = (
        "One request for a list with author and tags, in the process, and its ratio to "
        f"`{BASELINE}` in the same rounds: smaller is faster."
    )
    return f"{text}\n\n{_markdown(heads, rows)}\n"


def render(
    machine: dict[str, str], results: Results, load: list[LoadMeasurement]
) -> str:
    """Return the page in Markdown."""
    databases = [
        name
        for name in DATABASES
        if any(item.database == name for item in results.measurements)
    ]
    introduction = INTRODUCTION.format(sentence=opening(results))
    parts = [
        introduction,
        "## Targets",
        TARGETS,
        _targets(results, load, databases),
        NOTES,
    ]
    for database in databases:
        title = DATABASES[database]
        parts += [
            f"## {title}, {SIZE:,} posts",
            f"![Ratios](assets/benchmarks/ratios-{database}.svg)",
            _table(results, database, SIZE, _time),
            "Statements of one request:",
            _table(results, database, SIZE, _statements),
            "Most memory that Python had allocated at once for one request, in MB:",
            _table(results, database, SIZE, _memory),
            f"## {title}, from {SIZES[0]:,} to {SIZES[-1]:,} posts",
            f"![Time per post](assets/benchmarks/sizes-{database}.svg)",
            "Microseconds for each post:",
            _sizes(results, database),
        ]
    pages = [_pages(results, database) for database in databases]
    if any(pages):
        parts += [f"## {PAGE.title}", PAGES, *filter(None, pages)]
    if load:
        parts += [
            "## Under load",
            "![Load](assets/benchmarks/load.svg)",
            "One process, of uvicorn (PostGraphile: Node.js), on loopback, "
            f"{load[0].connections} connections, each "
            "of which sends a request when it has the answer to the one before: "
            f"`nested` is the list with author and tags, of {load[0].posts} posts, "
            "`one` is one object by id. SQLite with a `Session`, PostgreSQL with an "
            "`AsyncSession` on asyncpg.",
            _load(load),
        ]
    parts += ["## Machine and versions", _markdown(("", ""), machine.items())]
    if results.skipped:
        skipped = {(item.name, item.reason): None for item in results.skipped}
        parts += ["## Not measured", _markdown(("Contestant", "Why"), skipped)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _targets(
    results: Results, load: list[LoadMeasurement], databases: list[str]
) -> str:
    targets = [*find_targets(results, databases), *find_load_targets(load)]
    return _markdown(
        ("Target", "Database", "At most", "Measured", "Met", "Processor time"),
        (
            (
                target.title,
                DATABASES[target.database],
                f"{target.limit:.2f}",
                f"{target.measured:.2f}",
                "yes" if target.is_met else "**no**",
                f"{target.processor:.2f}",
            )
            for target in targets
        ),
    )


Cell = Callable[[Measurement, "Measurement | None"], str]


def _time(measurement: Measurement, baseline: Measurement | None) -> str:
    milliseconds = f"{_three_digits(measurement.median * 1000)} ms"
    if baseline is None:
        return milliseconds
    return f"{milliseconds} ({ratio(measurement, baseline):.2f})"


def _statements(measurement: Measurement, _: Measurement | None) -> str:
    return "" if measurement.statements is None else str(measurement.statements)


def _memory(measurement: Measurement, _: Measurement | None) -> str:
    if measurement.peak_bytes is None:
        return ""
    return f"{measurement.peak_bytes / 1e6:.1f}"


def contestants_of(results: Results, database: str) -> list[str]:
    """Return the contestants, the fastest with the nested list first."""
    names = {
        item.contestant: None
        for item in results.measurements
        if item.database == database
    }

    def key(name: str) -> tuple[float, str]:
        for workload in ("nested", "one"):
            measurement = results.find(name, workload, database, SIZE)
            baseline = results.find(BASELINE, workload, database, SIZE)
            if measurement and baseline:
                return ratio(measurement, baseline), name
        return float("inf"), name

    return sorted(names, key=key)


def _table(results: Results, database: str, posts: int, cell: Cell) -> str:
    rows = []
    for name in contestants_of(results, database):
        cells = []
        for workload in WORKLOADS:
            measurement = results.find(name, workload.name, database, posts)
            baseline = results.find(BASELINE, workload.name, database, posts)
            cells.append(cell(measurement, baseline) if measurement else "")
        if any(cells):
            rows.append((_emphasized(name), *cells))
    return _markdown(("", *(workload.title for workload in WORKLOADS)), rows)


def _sizes(results: Results, database: str) -> str:
    sized = [workload for workload in WORKLOADS if workload.sized]
    rows = []
    for name in contestants_of(results, database):
        cells = []
        for workload in sized:
            for posts in SIZES:
                measurement = results.find(name, workload.name, database, posts)
                cells.append(
                    _three_digits(measurement.median / posts * 1e6)
                    if measurement
                    else ""
                )
        if any(cells):
            rows.append((_emphasized(name), *cells))
    heads = [f"{workload.name} {posts:,}" for workload in sized for posts in SIZES]
    return _markdown(("", *heads), rows)


def _pages(results: Results, database: str) -> str:
    """Return the times of pages, statements first; nothing if there are none."""
    rows = []
    measured = [
        one
        for one in results.measurements
        if one.workload == PAGE.name and one.database == database
    ]
    for one in sorted(measured, key=lambda one: one.median):
        alone = one.contestant in STATEMENTS_ALONE
        hand = STATEMENT_BY_HAND if alone else BY_HAND
        baseline = results.find(hand, one.workload, database, one.posts)
        kind = "statement alone" if alone else "request"
        cells = _time(one, baseline), _processor(one, baseline)
        rows.append((_emphasized(one.contestant), kind, *cells))
    if not rows:
        return ""
    return _markdown((DATABASES[database], "", "Time", "Processor time"), rows)


def _processor(measurement: Measurement, baseline: Measurement | None) -> str:
    """Return what this process used; nothing where that is not known."""
    used = median(measurement.processor_seconds)
    if not used:
        return ""
    text = f"{_three_digits(used * 1000)} ms"
    if baseline is None:
        return text
    return f"{text} ({used / median(baseline.processor_seconds):.2f})"


def _load(load: list[LoadMeasurement]) -> str:
    return _markdown(
        ("", "Database", "Request", "Requests per second", "p50", "p99"),
        (
            (
                _emphasized(item.contestant),
                DATABASES[item.database],
                f"`{item.workload}`",
                f"{item.requests_per_second:.0f}",
                f"{item.p50 * 1000:.1f} ms",
                f"{item.p99 * 1000:.1f} ms",
            )
            for item in load
        ),
    )


def _three_digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _emphasized(name: str) -> str:
    return f"**{name}**" if name.startswith(OURS) else name


def _markdown(heads: tuple[str, ...], rows: Iterable[Any]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(_escaped(str(cell)) for cell in line) + " |" for line in lines
    )


def _escaped(cell: str) -> str:
    return " ".join(cell.replace("|", "\\|").split())
