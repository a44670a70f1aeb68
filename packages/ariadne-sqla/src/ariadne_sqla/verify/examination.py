"""Asks the queries of one subject, and finds the smallest one for each difference."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from random import Random
from typing import Any

from sqlalchemy import Engine

from sqla_selection.testing import Statement

from .comparison import bound_of, first_difference, most_rows, order_differs
from .database import own_database, reading_only, rows_in
from .generator import Queries
from .plain import without_order
from .report import Difference, Kind, NotAsked, Verification
from .selections import Selection, document_of, parts_of, smaller
from .subject import AskedRoot, Subject
from .tables import tables_of
from .unanswered import leave_out
from .ways import Answer, Asker, Mode

__all__ = ["Examination", "Progress"]

_ROWS, _THRICE = 10, 30
"""Rows of a table, and in the database that statements are compared with."""
_GROWTH = 5
"""Statements more for three times the rows that are an N+1. One or two more may be:
relationships that load by the mapping go on, level by level, while there are rows."""
_FEWEST_WAYS = 4
"""Ways that are all taken."""
_TRIES = 60
"""Smaller queries that are tried for one difference."""
_MOST = 20
"""Differences after which a group of classes is left."""
Progress = Callable[[str, int], None]


class Examination:
    """Asks the queries of one subject."""

    def __init__(
        self,
        subject: Subject,
        result: Verification,
        engine: Engine | None,
        deadline: float,
        seed: int,
        thorough: bool,
        brief: bool,
        progress: Progress | None,
    ) -> None:
        self.subject = subject
        self.result = result
        self.engine = engine
        self.deadline = deadline
        self.seed = seed
        self.thorough = thorough
        self.brief = brief
        self.progress = progress
        self.random = Random(seed)  # noqa: S311 - to choose queries
        self.queries = Queries(subject, self.random)
        self.known: list[tuple[Kind, frozenset[str]]] = []
        """The kinds of the differences, and what their smallest queries ask for."""
        self.thrice: Asker | None = None

    def run(self) -> None:
        """Ask until there is no more, or no more time."""
        self.result.classes += len(self.subject.mappers)
        with ExitStack() as stack:
            if self.engine is not None:
                engine = stack.enter_context(reading_only(self.engine))
            else:
                engine = stack.enter_context(
                    self._database(_ROWS, self.result.not_asked)
                )
            self.result.rows += rows_in(engine, tables_of(self.subject.mappers))
            self.asker = Asker(self.subject, engine, is_own=self.engine is None)
            stack.callback(self.asker.close)
            self.stack = stack
            self.result.not_asked += leave_out(
                self.queries, self.asker, self.deadline, self._tell
            )
            selections = self._selections()
            for place, selection in enumerate(selections):
                is_enough = self._is_enough()
                if time.monotonic() > self.deadline or is_enough:
                    left = len(selections) - place
                    why = "there was no time for"
                    if is_enough:
                        why = "there were enough differences without"
                    name = selection.type
                    one = NotAsked(name, f"{why} {left} of {len(selections)} queries")
                    self.result.not_asked.append(one)
                    break
                self._examine(selection)
                self._tell(selection.type)

    def _selections(self) -> list[Selection]:
        brief = list(self.queries.brief())
        total = [*brief, *self.queries.others()]
        if not self.brief:
            return total
        if len(brief) < len(total):
            left = len(total) - len(brief)
            why = f"is brief, without {left} of {len(total)} queries"
            self.result.not_asked.append(NotAsked(brief[0].type, why))
        return brief

    def _tell(self, type_name: str) -> None:
        if self.progress is not None:
            self.progress(type_name, self.result.queries)

    def _database(self, count: int, not_asked: list[NotAsked] | None = None) -> Any:
        mappers = self.subject.mappers
        return own_database(mappers, count=count, seed=self.seed, not_asked=not_asked)

    def _is_enough(self) -> bool:
        """Tell whether there are so many differences that more would say no more.

        Those of code that runs statements are of the application's own, and apart.
        """
        apart = {f"{type_}.{field}" for type_, field in self.queries.apart}
        return sum(apart.isdisjoint(parts) for _, parts in self.known) >= _MOST

    def _examine(self, selection: Selection) -> None:
        roots = self.subject.roots[selection.type]
        want = self._want(roots[0], selection)
        if want is None:
            return
        self.result.queries += 1
        for root, mode in self._ways(roots):
            wanted: Answer | None = want
            if root.name != roots[0].name and self.subject.rows_of is None:
                wanted = self._want(root, selection)
            if wanted is None:
                continue
            self.result.answers += 1
            self.result.ways[f"{root.path}, {mode}"] += 1
            found = self._compare(root, mode, selection, wanted)
            if found is not None:
                self._report(root, mode, selection, found[0])

    def _ways(self, roots: Sequence[AskedRoot]) -> list[tuple[AskedRoot, Mode]]:
        ways = [(root, mode) for mode in self.asker.modes for root in roots]
        if self.thorough or len(ways) <= _FEWEST_WAYS:
            return ways
        always = [*ways[:2], (roots[0], "json")]
        others = [way for way in ways if way not in always]
        return [*always, self.random.choice(others)]

    def _want(self, root: AskedRoot, selection: Selection) -> Answer | None:
        """Return what lazy loading answers, `None` where that is no answer."""
        want = self.asker.naive(document_of(root.name, selection))
        return None if want.error is not None or want.is_ambiguous else want

    def _compare(
        self, root: AskedRoot, mode: Mode, selection: Selection, want: Answer
    ) -> tuple[Kind, Answer] | None:
        """Return how the answer of the library differs, and the answer."""
        got = self.asker.ask(document_of(root.name, selection), root, mode)
        if got.error is not None:
            return "error", got
        if got.rows != want.rows:
            if without_order(got.rows) != without_order(want.rows):
                return "rows", got
            if order_differs(self.subject, selection, got.rows, want.rows):
                return "order", got
        count = len(got.statements)
        if count > bound_of(self.subject, selection):  # else nothing else is asked
            bound = self._bound(root, mode, selection)
            if count > bound and self._grows(root, mode, selection):
                return "n+1", got
        if got.fetched > _most_rows(got, want):
            return "reads", got
        return None

    def _bound(self, root: AskedRoot, mode: Mode, selection: Selection) -> int:
        """Return how many statements the query may take before it is looked at."""
        bound = bound_of(self.subject, selection)
        if root.path in ("fallback", "own resolver"):
            bound *= 2  # what the rows lack is loaded apart, on each level
        if root.path == "own resolver":
            bound += self._alone(root, mode) - 1
        return bound

    def _alone(self, root: AskedRoot, mode: Mode) -> int:
        """Return how many statements the application's own resolver runs."""
        document = document_of(root.name, Selection(root.type))
        return max(1, len(self.asker.ask(document, root, mode).statements))

    def _grows(self, root: AskedRoot, mode: Mode, selection: Selection) -> bool:
        """Tell whether a query takes more statements where there are more rows.

        On somebody's own database that is not known, and taken for so.
        """
        if self.engine is not None:
            return True
        if self.thrice is None:
            engine = self.stack.enter_context(self._database(_THRICE))
            self.thrice = Asker(self.subject, engine, is_own=True)
            self.stack.callback(self.thrice.close)
        counts = []
        for asker in (self.asker, self.thrice):
            sent = asker.ask(document_of(root.name, selection), root, mode).statements
            alone: Sequence[Statement] = ()
            if root.path == "own resolver":
                document = document_of(root.name, Selection(root.type))
                alone = asker.ask(document, root, mode).statements
            counts.append(len(sent) - len(alone))
        return counts[1] - counts[0] >= _GROWTH

    def _report(
        self, root: AskedRoot, mode: Mode, selection: Selection, kind: Kind
    ) -> None:
        """Note a difference, by the smallest query that has it.

        What asks for all that a known one does is taken for the same. What is not there
        when it is asked again is none: a clock went on meanwhile.
        """
        parts = parts_of(selection)
        if any(kind == known and of <= parts for known, of in self.known):
            return
        want = self._want(root, selection)
        if want is None or self._compare(root, mode, selection, want) is None:
            return
        selection = self._shrunk(root, mode, selection, kind)
        want = self._want(root, selection)
        again = self._want(root, selection)
        if want is None or again is None or again.rows != want.rows:
            return  # lazy loading is of two minds itself
        found = self._compare(root, mode, selection, want)
        if found is None:
            return
        kind, answer = found
        document = document_of(root.name, selection)
        bound = self._bound(root, mode, selection)
        got, wanted = _shown(kind, answer, want, bound)
        way = f"{root.path}, {mode}"
        self.known.append((kind, parts_of(selection)))
        self.result.differences.append(Difference(kind, way, document, got, wanted))

    def _shrunk(
        self, root: AskedRoot, mode: Mode, selection: Selection, kind: Kind
    ) -> Selection:
        tries = 0
        while True:
            for less in smaller(selection):
                tries += 1
                if tries > _TRIES:
                    return selection
                want = self._want(root, less)
                if want is None:
                    continue
                found = self._compare(root, mode, less, want)
                if found is not None and found[0] == kind:
                    selection = less
                    break
            else:
                return selection


def _most_rows(got: Answer, want: Answer) -> int:
    return most_rows(want.fetched, want.rows, len(got.statements))


def _in_one_line(statement: Statement) -> str:
    return " ".join(statement.sql.split())


def _shown(kind: Kind, got: Answer, want: Answer, bound: int) -> tuple[str, str]:
    if kind == "error":
        return f"{got.error}", f"{len(want.rows or ())} rows"
    if kind == "n+1":
        last = "; ".join(map(_in_one_line, got.statements[-2:]))
        return f"{len(got.statements)} statements, the last: {last}", f"{bound}"
    if kind == "reads":
        largest = max(got.statements, key=lambda one: one.rows or 0)
        most = _most_rows(got, want)
        return (
            f"{got.fetched} rows read, {largest.rows} by: {_in_one_line(largest)}",
            f"at most {most}, as lazy loading reads {want.fetched}",
        )
    if kind == "order":
        return f"{got.rows}"[:400], f"{want.rows}"[:400]
    return first_difference(got.rows, want.rows)
