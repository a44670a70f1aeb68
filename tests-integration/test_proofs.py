"""The page on foreign mappings is made of what was verified, and keeps what is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from proofs.applications import APPLICATIONS
from proofs.table import write_table


def test_the_table_adds_up_what_was_verified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        {
            "source": "app",
            "classes": ["A", "B"],
            "queries": 2,
            "answers": 6,
            "json": {"asked": 5, "json": 4},
            "ways": {"eager, json": 4, "own resolver, graphql": 2},
        },
        {
            "source": "app",
            "of": 3,
            "classes": ["C"],
            "crash": "KeyError: 'x'",
            "not_asked": ["C there was no time for 7 of 9 queries"],
        },
        {
            "source": "test/orm/test_one.py",
            "classes": ["D"],
            "queries": 1_000,
            "answers": 3_000,
            "differences": ["rows, eager"],
            "json": {"asked": 1_000, "json": 999},
            "ways": {"eager, json": 3_000},
        },
    ]
    (tmp_path / "one.jsonl").write_text("\n".join(map(json.dumps, lines)))
    page = tmp_path / "page.md"
    page.write_text("# Old\n\n## What differs\n\nThis.\n")

    write_table(tmp_path, page)

    text = page.read_text()
    assert "| app | 2 of 3 | 3 | 2 | 7 | 6 | 4 of 5 | 0 |\n" in text
    counted = "1 | 1 | 1,000 | 0 | 3,000 | 999 of 1,000 | 1"
    assert f"| SQLAlchemy, `test/orm` | {counted} |\n" in text
    assert "| eager | 0 | 3,004 |\n| own resolver | 2 | 0 |\n" in text
    assert text.endswith("\n## What differs\n\nThis.\n")
    assert "Old" not in text
    assert capsys.readouterr().out == (
        "SQLAlchemy, `test/orm`: D\n  rows, eager\n\napp: A, B, C\n  KeyError: 'x'\n\n"
    ).replace("app: A, B, C", "app: C")


def test_each_application_names_what_maps_its_classes() -> None:
    for application in APPLICATIONS.values():
        assert application.requirements
        assert application.modules


def test_an_application_that_installs_in_seconds_is_verified(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "proofs", "applications", "optuna")
    names = {"PROOFS_WORK": str(tmp_path), "PROOFS_SECONDS": "30"}
    subprocess.run(  # noqa: S603 - the command above
        command,
        cwd=Path(__file__).parent.parent,
        env={**os.environ, **names},
        stdout=subprocess.DEVNULL,
        check=True,
    )

    lines = (tmp_path / "results/optuna.jsonl").read_text().splitlines()
    verified = [json.loads(line) for line in lines]
    assert [one.get("crash") for one in verified] == [None, None]
    assert [one["differences"] for one in verified] == [[], []]
    assert [len(one["classes"]) for one in verified] == [1, 11]
    assert sum(one["answers"] for one in verified) > 100
