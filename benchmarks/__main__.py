"""Run the benchmarks: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from . import machine, pages
from .contestant import Contestant, Skipped, find_contestants
from .databases import DRIVERS, Database, seeded, unavailable
from .load import LoadMeasurement, measure_load
from .measuring import Budget, Measurement, Results, expected_answers, measure, started
from .page_contestants import find_page_contestants, pages_expected
from .report import render, render_peers
from .workloads import SIZE, SIZES, WORKLOADS, Workload

LOAD_POSTS = SIZES[0]
LOAD_WORKLOADS = ("nested", "one")


@dataclass
class Run:
    """The results of a run, as they are kept beside the plots."""

    machine: dict[str, str] = field(default_factory=machine.describe)
    results: Results = field(default_factory=Results)
    load: list[LoadMeasurement] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Run:
        saved = json.loads(path.read_text())
        results = Results(
            [Measurement(**item) for item in saved["results"]["measurements"]],
            [Skipped(**item) for item in saved["results"]["skipped"]],
        )
        load = [LoadMeasurement(**item) for item in saved["load"]]
        return cls(saved["machine"], results, load)

    def keep(self, other: Run) -> None:
        """Take over from another run what this one has not measured."""
        measured = {(one.workload, one.database) for one in self.results.measurements}
        under_load = {one.database for one in self.load}
        others = [
            one
            for one in other.results.measurements
            if (one.workload, one.database) not in measured
        ]
        self.results.measurements = others + self.results.measurements
        databases = {database for _, database in measured}
        skipped = [one for one in other.results.skipped if one.name not in databases]
        self.results.skipped = list(dict.fromkeys(skipped + self.results.skipped))
        kept = [one for one in other.load if one.database not in under_load]
        self.load = kept + self.load
        if others:
            what = ", ".join(sorted({workload for workload, _ in measured}))
            machine = {**self.machine, **other.machine}
            for key in ("Date", "Load before the run"):
                if key in machine:
                    machine[key] += f"; of {what}: {self.machine[key]}"
            self.machine = machine

    def write(self, folder: Path) -> None:
        """Write the page, its plots, and the numbers behind them."""
        from . import plots

        assets = folder / "assets" / "benchmarks"
        plots.draw(self.results, self.load, assets)
        (assets / "results.json").write_text(json.dumps(asdict(self)) + "\n")
        (folder / "benchmarks.md").write_text(self.page())
        (folder / "snippets" / "times.md").write_text(render_peers(self.results))

    def page(self) -> str:
        return render(self.machine, self.results, self.load)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--databases", nargs="+", choices=DRIVERS, default=[*DRIVERS])
    parser.add_argument("--posts", nargs="+", type=int, default=[*SIZES])
    parser.add_argument("--workloads", nargs="+", metavar="NAME", default=[])
    parser.add_argument(
        "--contestants", nargs="+", metavar="NAME", default=[], help="parts of names"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=15,
        help="for each workload, if that is enough for the least number of rounds",
    )
    parser.add_argument(
        "--load-seconds", type=float, default=5, help="for each server, 0 for none"
    )
    parser.add_argument(
        "--output",
        type=Path,
        help="folder of the documentation, as docs, for the page and its plots; "
        "without it the page goes to standard output",
    )
    parser.add_argument(
        "--from", dest="saved", type=Path, help="results.json of another run"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        help="results.json of another run, whose other workloads stay on the page",
    )
    return parser.parse_args(arguments)


async def run_all(options: argparse.Namespace) -> Run:
    """Measure what the command line asks for."""
    run = Run()
    classes, run.results.skipped = find_contestants()
    classes = [class_ for class_ in classes if chosen(class_, options.contestants)]
    for kind in options.databases:
        if reason := unavailable(kind):
            run.results.skipped.append(Skipped(kind, reason))
            continue
        for posts in options.posts:
            if not options.workloads or {*options.workloads} - {pages.PAGE.name}:
                with seeded(kind, posts) as database:
                    await _run_on(database, posts, classes, options, run)
        if not options.workloads or pages.PAGE.name in options.workloads:
            with seeded(kind, pages.seed) as database:
                await _run_pages(database, options, run)
    return run


async def _run_pages(database: Database, options: argparse.Namespace, run: Run) -> None:
    classes, missing = find_page_contestants()
    contestants, skipped = await started(
        [one for one in classes if chosen(one, options.contestants)], database
    )
    run.results.skipped += missing + skipped
    try:
        _say(f"{database.kind}: {pages.PAGE.title}")
        results = await measure(
            contestants,
            pages.PAGE,
            database,
            pages.OWNERS * pages.CHILDREN,
            await pages_expected(database),
            Budget(options.seconds, min_rounds=7, max_rounds=200),
            memory=False,
        )
        run.results.measurements += results.measurements
        run.results.skipped += results.skipped
    finally:
        for contestant in contestants:
            await contestant.stop()


def chosen(class_: type[Contestant], parts: Sequence[str]) -> bool:
    """Tell whether a contestant is one of those that the command line names."""
    return not parts or any(part.lower() in class_.name.lower() for part in parts)


async def _run_on(
    database: Database,
    posts: int,
    classes: list[type[Contestant]],
    options: argparse.Namespace,
    run: Run,
) -> None:
    workloads = [
        workload
        for workload in WORKLOADS
        if (workload.sized or posts == SIZE)
        and (not options.workloads or workload.name in options.workloads)
    ]
    if database.kind == "postgresql":
        assert isinstance(database.engine, Engine)
        run.machine["PostgreSQL"] = machine.postgresql_version(database.engine)
    expected = await expected_answers(database, WORKLOADS)
    contestants, skipped = await started(classes, database)
    run.results.skipped += skipped
    min_rounds = 5 if posts <= SIZE else 3
    budget = Budget(options.seconds, min_rounds, max_rounds=200)
    try:
        for workload in workloads:
            _say(f"{database.kind}, {posts:,} posts: {workload.title}")
            results = await measure(
                contestants,
                workload,
                database,
                posts,
                expected[workload.name],
                budget,
                memory=posts <= SIZE or workload.name == "nested",
            )
            run.results.measurements += results.measurements
            run.results.skipped += results.skipped
        if posts == LOAD_POSTS and options.load_seconds:
            await _run_load(contestants, database, expected, options, run)
    finally:
        for contestant in contestants:
            await contestant.stop()


async def _run_load(
    contestants: list[Contestant],
    database: Database,
    expected: dict[str, Any],
    options: argparse.Namespace,
    run: Run,
) -> None:
    workloads: list[Workload] = [
        workload
        for workload in WORKLOADS
        if workload.name in LOAD_WORKLOADS
        and (not options.workloads or workload.name in options.workloads)
    ]
    for workload in workloads:
        for contestant in contestants:
            serves = contestant.server(0) is not None
            if not serves or not contestant.takes_part(workload):
                continue
            _say(f"{database.kind}, load of {workload.name}: {contestant.name}")
            run.load.append(
                await measure_load(
                    contestant,
                    workload,
                    database,
                    LOAD_POSTS,
                    expected[workload.name],
                    options.load_seconds,
                )
            )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, and write or print the results."""
    options = parse_arguments(arguments)
    # What a contestant logs of its errors is in the reason why it is not measured.
    logging.disable(logging.CRITICAL)
    run = Run.read(options.saved) if options.saved else asyncio.run(run_all(options))
    if options.keep:
        run.keep(Run.read(options.keep))
    if options.output:
        run.write(options.output)
    else:
        print(run.page())


if __name__ == "__main__":
    main()
