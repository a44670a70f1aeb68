"""The matrix as a page of the docs: each mapping on each path.

`SQLA_TEST_CONFORMANCE_TABLE=docs/conformance.md pytest tests-integration/conformance`
writes it from what the run gave.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PAGE = """\
# Conformance

Each mapping is asked by a few queries. Every answer is compared with that of plain
resolvers over SQLAlchemy's own lazy loading, with the same rows in the same order, and
the number of statements is bounded and, on SQLite, must not grow when the rows are
tripled. The rows that they fetch are bounded by those that lazy loading fetches, as
[`verify`](guides/verify.md#proving-it-on-your-models) has it.

A ✓ holds for all {cells} answers together, with a `Session` without an event loop
(`graphql_sync`), a `Session` in an event loop, and an `AsyncSession`, on

{databases}

The number beside it is the largest number of statements that one of the queries took.

*eager*: answered by `SQLAlchemyQueryType`. *fallback*: a manual resolver returned the
objects, and what is below them was loaded in batches. *closures*: both once more, on
SQLite, without an event loop and with an `AsyncSession`: completed by the functions of
`SQLAlchemyExecutionContext`. *JSON*: the eager path once more, on SQLite, psycopg and
PyMySQL, where that class takes [one statement that is the JSON](guides/speed.md): how
many of the queries are one statement for each root field, and the others tell why not.

The page is written by `SQLA_TEST_CONFORMANCE_TABLE=docs/conformance.md hatch run tests
tests-integration/conformance`.

| mapping | eager | fallback | closures | JSON |
| --- | --- | --- | --- | --- |
{mappings}

The same for what a query may ask of one model:

| selection | eager | fallback | closures | JSON |
| --- | --- | --- | --- | --- |
{selections}
"""

SELECTION = "selection: "

COLUMNS = ("eager", "fallback", "closures", "json")

DATABASES = {
    "sqlite": "SQLite",
    "aiosqlite": "SQLite (aiosqlite)",
    "psycopg": "PostgreSQL (psycopg)",
    "asyncpg": "PostgreSQL (asyncpg)",
    "pymysql": "MariaDB (PyMySQL)",
    "aiomysql": "MariaDB (aiomysql)",
}


@dataclass
class _Entry:
    cells: int = 0
    statements: int = 0
    failures: set[str] = field(default_factory=set)
    as_json: dict[str, bool] = field(default_factory=dict)
    """Query → whether it is one statement for each root field on every database."""

    def __str__(self) -> str:
        if self.failures:
            return f"✗ {', '.join(sorted(self.failures))}"
        if self.as_json:
            return f"✓ {sum(self.as_json.values())} of {len(self.as_json)}"
        return f"✓ {self.statements}" if self.cells else "–"


_entries: dict[str, dict[str, _Entry]] = {}
_drivers: set[str] = set()


def passed(mapping: str, path: str, driver: str, statements: int) -> None:
    """Note a cell with the naive answer."""
    entry = _entry(mapping, path, driver)
    entry.cells += 1
    entry.statements = max(entry.statements, statements)


def note_json(mapping: str, document: str, *, is_json: bool) -> None:
    """Note whether a query is one statement for each root field."""
    known = _entries.setdefault(mapping, {}).setdefault("json", _Entry()).as_json
    known[document] = is_json and known.get(document, True)


def failed(mapping: str, path: str, driver: str, mode: str) -> None:
    """Note a cell with another answer, or with too many statements."""
    _entry(mapping, path, driver).failures.add(f"{driver} {mode}")


def _entry(mapping: str, path: str, driver: str) -> _Entry:
    _drivers.add(driver)
    return _entries.setdefault(mapping, {}).setdefault(path, _Entry())


def write(page: Path) -> None:
    """Write what was noted so far as a page in Markdown."""
    databases = [name for driver, name in DATABASES.items() if driver in _drivers]
    cells = sum(entry.cells for paths in _entries.values() for entry in paths.values())
    text = PAGE.format(
        cells=f"{cells:,}",
        databases="\n".join(f"- {name}" for name in databases),
        mappings="\n".join(_rows(selections=False)),
        selections="\n".join(_rows(selections=True)),
    )
    page.write_text(text, encoding="utf-8")


def _rows(*, selections: bool) -> Iterator[str]:
    for mapping, paths in _entries.items():
        if mapping.startswith(SELECTION) is selections:
            entries = [str(paths.get(path, _Entry())) for path in COLUMNS]
            yield f"| {mapping.removeprefix(SELECTION)} | {' | '.join(entries)} |"
