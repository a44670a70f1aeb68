"""The benchmarks at a tiny size: every contestant gives the right answers.

Nothing is timed here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks import load
from benchmarks.__main__ import Run
from benchmarks.contestant import (
    Answer,
    Contestant,
    Skipped,
    WrongAnswerError,
    check_answer,
    find_contestants,
    first_difference,
)
from benchmarks.databases import DRIVERS, Database, seeded, unavailable
from benchmarks.load import LoadMeasurement, measure_load
from benchmarks.measuring import (
    Budget,
    Measurement,
    Results,
    expected_answers,
    measure,
    started,
)
from benchmarks.page_contestants import find_page_contestants, pages_expected
from benchmarks.pages import PAGE
from benchmarks.pages import seed as seed_pages
from benchmarks.report import render
from benchmarks.targets import (
    BASELINE,
    BY_HAND,
    OURS,
    OURS_SPLICED,
    OURS_SPLICED_WITH_DOCUMENTS,
    OURS_WITHOUT_THE_FIELD,
    POSTGRAPHILE,
    find_load_targets,
    find_targets,
)
from benchmarks.workloads import WORKLOADS, Workload
from sqla_loaders.testing import count_statements

POSTS = 20
NAMES = [workload.name for workload in WORKLOADS]
CONTESTANTS, MISSING = find_contestants()

STATEMENTS = {
    "flat": 1,
    "nested": 2,
    "deep": 3,
    "one": 2,
    "fallback": 3,
    "siblings": 3,
    "skipped": 2,
}
"""Of the standard path and the fallback, at any number of posts."""


@pytest.fixture(scope="module", params=DRIVERS)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    if reason := unavailable(request.param):
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with seeded(request.param, POSTS) as opened:
        yield opened


@pytest.mark.parametrize("class_", CONTESTANTS, ids=lambda class_: class_.name)
async def test_every_contestant_gives_the_same_answers(
    class_: type[Contestant], database: Database
) -> None:
    if class_.databases is not None and database.kind not in class_.databases:
        pytest.skip(f"{class_.name} does not know {database.kind}.")
    expected = await expected_answers(database, WORKLOADS)
    contestant = class_(database)
    await contestant.start()
    try:
        for workload in WORKLOADS:
            if contestant.takes_part(workload):
                answer = await contestant.answer(workload)
                check_answer(contestant, workload, answer, expected[workload.name])
    finally:
        await contestant.stop()


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
async def test_the_number_of_statements(workload: Workload, database: Database) -> None:
    [ours] = [class_ for class_ in CONTESTANTS if class_.name == OURS]
    contestant = ours(database)
    await contestant.start()

    with count_statements(database.engine) as statements:
        await contestant.answer(workload)

    statements.expect(STATEMENTS[workload.name])


@pytest.mark.parametrize("name", ["flat", "nested", "deep", "one", "siblings"])
async def test_json_is_one_statement_for_each_root_field(
    name: str, database: Database
) -> None:
    [spliced] = [class_ for class_ in CONTESTANTS if class_.name == OURS_SPLICED]
    contestant = spliced(database)
    await contestant.start()
    [workload] = [workload for workload in WORKLOADS if workload.name == name]

    with count_statements(database.engine) as statements:
        await contestant.answer(workload)

    statements.expect(3 if name == "siblings" else 1)


def test_what_is_not_installed_is_named_with_its_reason() -> None:
    optional = {
        "graphene_sqlalchemy",
        "postgraphile",
        "strawberry_mapper",
        "strawchemy",
    }

    assert {item.name for item in MISSING} <= optional
    assert all(item.reason for item in MISSING)


async def test_a_wrong_answer_is_not_measured() -> None:
    class Wrong(Contestant):
        name = "Wrong"

        async def answer(self, workload: Workload) -> Answer:
            return Answer('{"data": {"posts": []}}')

    workload = WORKLOADS[0]
    with seeded("sqlite", POSTS) as database:
        expected = await expected_answers(database, [workload])
        results = await measure(
            [Wrong(database)],
            workload,
            database,
            POSTS,
            expected[workload.name],
            Budget(0, min_rounds=0, max_rounds=0),
            memory=False,
        )

    assert results.measurements == []
    assert results.skipped == [
        Skipped(
            "Wrong",
            "sqlite, wrong answer: flat: posts has 0 items, expected 20",
        )
    ]


def test_the_first_difference_is_told_with_its_path() -> None:
    expected = {"posts": [{"id": "1", "tags": []}]}

    assert first_difference(expected, expected) is None
    assert (
        first_difference({"posts": [{"id": 1, "tags": []}]}, expected)
        == "posts.0.id is 1, not '1'"
    )
    assert (
        first_difference({"posts": [{"id": "1"}]}, expected)
        == "posts.0 has ['id'], expected ['id', 'tags']"
    )


async def test_errors_of_a_contestant_are_wrong_answers() -> None:
    with seeded("sqlite", 1) as database:
        [contestant], _ = await started(CONTESTANTS[:1], database)
        answer = Answer('{"data": null, "errors": [{"message": "No."}]}')

        with pytest.raises(WrongAnswerError, match=r"flat: No\."):
            check_answer(contestant, WORKLOADS[0], answer, None)


SMALL_RUN = """
import asyncio, json, sys
from dataclasses import asdict
from benchmarks.__main__ import parse_arguments, run_all

print(json.dumps(asdict(asyncio.run(run_all(parse_arguments(sys.argv[1:]))))))
"""


def test_a_small_run_becomes_a_page(tmp_path: Path) -> None:
    """In a process of its own: it collects garbage all the time, of tests too."""
    arguments = ["--databases=sqlite", "--posts=1", "--seconds=0", "--load-seconds=0"]
    process = subprocess.run(  # noqa: S603
        [sys.executable, "-c", SMALL_RUN, *arguments, "--workloads", *NAMES],
        capture_output=True,
        text=True,
        check=True,
    )
    (tmp_path / "results.json").write_text(process.stdout)
    run = Run.read(tmp_path / "results.json")

    page = run.page()
    assert {item.posts for item in run.results.measurements} == {1}
    assert {item.workload for item in run.results.measurements} == {
        "flat",
        "nested",
        "deep",
    }
    assert all(len(item.seconds) == 5 for item in run.results.measurements)
    assert page.startswith("# Benchmarks\n")
    assert "| Python | CPython" in page

    if find_spec("matplotlib"):
        run.write(tmp_path)
        saved = Run.read(tmp_path / "assets" / "benchmarks" / "results.json")
        assert saved.results == run.results
        assert (tmp_path / "benchmarks.md").read_text() == page


async def test_a_contestant_answers_under_load(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "WARM_UP", 0.0)
    [ours] = [class_ for class_ in CONTESTANTS if class_.name == OURS]
    [workload] = [workload for workload in WORKLOADS if workload.name == "one"]
    expected = await expected_answers(database, [workload])

    measured = await measure_load(
        ours(database), workload, database, POSTS, expected["one"], seconds=0.3
    )

    assert measured.requests_per_second > 0
    assert 0 < measured.p50 <= measured.p99


def made_up(contestant: str, workload: str, posts: int, seconds: float) -> Measurement:
    times = [seconds] * 3
    return Measurement(contestant, workload, "sqlite", posts, times, times, 1)


def test_targets_are_ratios_of_the_run() -> None:
    results = Results(
        [
            made_up(OURS, "nested", 100, 0.01),
            made_up(OURS, "nested", 1_000, 0.09),
            made_up(OURS, "nested", 10_000, 1.8),
            made_up(BY_HAND, "nested", 1_000, 0.1),
            made_up(BASELINE, "nested", 1_000, 0.15),
            made_up(OURS_SPLICED_WITH_DOCUMENTS, "nested", 1_000, 0.003),
            made_up(OURS, "skipped", 1_000, 0.18),
            made_up(OURS_WITHOUT_THE_FIELD, "skipped", 1_000, 0.09),
        ]
    )

    targets = {
        target.title: (round(target.measured, 3), target.is_met)
        for target in find_targets(results, ["sqlite"])
    }

    assert targets == {
        "List with author and tags, to resolvers by hand": (0.9, True),
        "List with author and tags, JSON spliced, documents kept, to contrib": (
            0.02,
            True,
        ),
        "A skipped relationship, to the query without it": (2.0, False),
        "Time per post, nested, 1,000 to 100 posts": (0.9, True),
        "Time per post, nested, 10,000 to 1,000 posts": (2.0, False),
    }


def test_targets_under_load_are_ratios_of_requests_a_second() -> None:
    def served(contestant: str, workload: str, requests: float) -> LoadMeasurement:
        return LoadMeasurement(
            contestant, workload, "postgresql", 100, 8, requests, 0.01, 0.02
        )

    load = [
        served(POSTGRAPHILE, "nested", 400.0),
        served(OURS_SPLICED_WITH_DOCUMENTS, "nested", 500.0),
        served(POSTGRAPHILE, "one", 2_000.0),
        served(OURS_SPLICED_WITH_DOCUMENTS, "one", 1_000.0),
    ]

    targets = [
        (target.limit, target.measured, target.is_met)
        for target in find_load_targets(load)
    ]

    assert targets == [(1.0, 0.8, True), (1.67, 2.0, False)]


def test_the_page_shows_targets_times_and_load() -> None:
    results = Results(
        [
            made_up(OURS, "nested", 1_000, 0.09),
            made_up(BY_HAND, "nested", 1_000, 0.1),
            made_up(BASELINE, "nested", 1_000, 0.15),
        ],
        [Skipped("peer", "not | installed")],
    )
    loads = [LoadMeasurement(OURS, "nested", "sqlite", 100, 8, 123.4, 0.0567, 0.089)]

    page = render({"Python": "CPython 3.14"}, results, loads)

    for row in (
        "| List with author and tags, to resolvers by hand | SQLite | 1.00 | 0.90 "
        "| yes | 0.90 |",
        "| **ariadne-sqla** |  | 90 ms (0.60) |  |  |  |  |  |",
        "| **ariadne-sqla** | SQLite | `nested` | 123 | 56.7 ms | 89.0 ms |",
        "| Python | CPython 3.14 |",
        "| peer | not \\| installed |",
    ):
        assert row in page.splitlines()


@pytest.mark.parametrize("kind", DRIVERS)
async def test_pages_of_every_contestant_are_the_same(kind: str) -> None:
    if reason := unavailable(kind):
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    classes, missing = find_page_contestants()
    with seeded(kind, seed_pages) as database:
        expected = await pages_expected(database)
        contestants, skipped = await started(classes, database)
        for contestant in contestants:
            check_answer(contestant, PAGE, await contestant.answer(PAGE), expected)
            await contestant.stop()
        assert not skipped
    assert {one.name for one in missing} <= {
        "strawchemy",
        "strawberry_django",
        "postgraphile",
    }


def test_a_run_keeps_what_it_has_not_measured() -> None:
    def run(date: str, *workloads: str) -> Run:
        found = [
            Measurement("ours", name, "sqlite", 1, [1.0], [1.0], 1)
            for name in workloads
        ]
        return Run({"Date": date}, Results(found))

    newer = run("May", "page")
    newer.keep(run("April", "flat", "page"))
    assert [one.workload for one in newer.results.measurements] == ["flat", "page"]
    assert newer.machine["Date"] == "April; of page: May"
