"""Times, statements and memory of the contestants, round-robin."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, process_time
from typing import Any

from sqla_loaders.testing import count_statements

from .contestant import Contestant, Skipped, WrongAnswerError, check_answer
from .contestants.core_rows import CoreRows
from .databases import Database
from .workloads import Workload

Report = Callable[[str], None]


@dataclass(frozen=True)
class Budget:
    """How long one workload is measured, whatever it takes at least."""

    seconds: float
    min_rounds: int
    max_rounds: int


@dataclass(frozen=True)
class Measurement:
    """One contestant's answers to one workload on one database."""

    contestant: str
    workload: str
    database: str
    posts: int
    seconds: list[float]
    """One for each round."""
    processor_seconds: list[float]
    """What this process used of the processor, without the database server."""
    statements: int | None
    """Statements of one request, None where they can't be counted."""
    peak_bytes: int | None = None
    """Most memory allocated by Python at once during one request, above what was
    allocated before it."""

    @property
    def median(self) -> float:
        return median(self.seconds)


@dataclass
class Results:
    """All that a run has measured."""

    measurements: list[Measurement] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def find(
        self, contestant: str, workload: str, database: str, posts: int
    ) -> Measurement | None:
        key = (contestant, workload, database, posts)
        return next(
            (
                item
                for item in self.measurements
                if (item.contestant, item.workload, item.database, item.posts) == key
            ),
            None,
        )


async def started(
    classes: list[type[Contestant]], database: Database
) -> tuple[list[Contestant], list[Skipped]]:
    """Start every contestant that can run on a database."""
    contestants: list[Contestant] = []
    skipped: list[Skipped] = []
    for class_ in classes:
        if class_.databases is not None and database.kind not in class_.databases:
            continue
        contestant = class_(database)
        try:
            await contestant.start()
        except Exception as error:
            skipped.append(Skipped(class_.name, f"{database.kind}: {error}"))
        else:
            contestants.append(contestant)
    return contestants, skipped


async def expected_answers(
    database: Database, workloads: list[Workload]
) -> dict[str, Any]:
    """Ask the contestant that has no library to be wrong."""
    reference = CoreRows(database)
    return {
        workload.name: json.loads((await reference.answer(workload)).text)["data"]
        for workload in workloads
    }


async def measure(
    contestants: list[Contestant],
    workload: Workload,
    database: Database,
    posts: int,
    expected: Any,
    budget: Budget,
    *,
    memory: bool,
) -> Results:
    """Check, warm up and time all contestants on one workload, then weigh them."""
    results = Results()
    entrants = []
    statements = {}
    for contestant in contestants:
        if not contestant.takes_part(workload):
            continue
        try:
            with count_statements(database.engine) as counted:
                answer = await contestant.answer(workload)
            check_answer(contestant, workload, answer, expected)
        except WrongAnswerError as error:
            reason = f"{database.kind}, wrong answer: {error}"
            results.skipped.append(Skipped(contestant.name, reason))
        except Exception as error:
            reason = (
                f"{database.kind}, {workload.name}: {type(error).__name__}: {error}"
            )
            results.skipped.append(Skipped(contestant.name, reason))
        else:
            entrants.append(contestant)
            statements[contestant.name] = (
                len(counted) if answer.seconds is None else None
            )

    # What they all have imported and keep is not for the collector to visit in the
    # answers of each: they would not share a process elsewhere.
    gc.collect()
    before = gc.get_freeze_count()
    gc.freeze()
    try:
        times = await _round_robin(entrants, workload, budget)
    finally:
        if not before:  # what others froze has to stay so
            gc.unfreeze()

    for entrant in entrants:
        peak = None
        if memory and workload.memory and statements[entrant.name] is not None:
            peak = await _peak_bytes(entrant, workload)
        results.measurements.append(
            Measurement(
                entrant.name,
                workload.name,
                database.kind,
                posts,
                [seconds for seconds, _ in times[entrant.name]],
                [seconds for _, seconds in times[entrant.name]],
                statements[entrant.name],
                peak,
            )
        )
    return results


async def _round_robin(
    entrants: list[Contestant], workload: Workload, budget: Budget
) -> dict[str, list[tuple[float, float]]]:
    """Return the times of each round, by the name of the contestant."""
    times: dict[str, list[tuple[float, float]]] = {
        entrant.name: [] for entrant in entrants
    }
    rounds, began = 0, perf_counter()
    while rounds < budget.min_rounds or (
        rounds < budget.max_rounds and perf_counter() - began < budget.seconds
    ):
        # Each round begins with another one, so that none is always after the same.
        first = rounds % len(entrants)
        for entrant in entrants[first:] + entrants[:first]:
            times[entrant.name].append(await _timed(entrant, workload))
        rounds += 1
    return times


async def _timed(contestant: Contestant, workload: Workload) -> tuple[float, float]:
    """Return the seconds that one answer takes, and those of the processor."""
    gc.collect()  # the garbage of the one before
    told = 0.0
    began, processor_began = perf_counter(), process_time()
    for _ in range(workload.times):
        answer = await contestant.answer(workload)
        told += answer.seconds or 0.0
    seconds, processor = perf_counter() - began, process_time() - processor_began
    if answer.seconds is not None:
        # One that runs in another process tells its own time, and no processor time.
        seconds, processor = told, 0.0
    return seconds / workload.times, processor / workload.times


async def _peak_bytes(contestant: Contestant, workload: Workload) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        await contestant.answer(workload)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak - before
