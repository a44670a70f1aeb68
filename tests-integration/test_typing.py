"""What users write is checked without an error: a program, and the READMEs.

Where mypy is installed, which is the environment `types`: `hatch run types:users`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ariadne_sqla.scaffold import files_of_app, scaffold
from typing_tests import models

pytest.importorskip("mypy", reason="mypy is in the environment `types`")

ROOT = Path(__file__).parent.parent
READMES = [ROOT / "README.md", *sorted(ROOT.glob("packages/*/README.md"))]


def checked(*arguments: str | Path) -> str:
    """Return what mypy prints, by the settings of the repository."""
    process = subprocess.run(  # noqa: S603  # mypy, on files of our own
        [sys.executable, "-m", "mypy", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return process.stdout + process.stderr


def test_a_program_on_the_public_names_is_strictly_typed() -> None:
    assert checked("typing_tests").startswith("Success: no issues found in 3 ")


def test_what_is_wrong_in_it_is_found(tmp_path: Path) -> None:
    program = (ROOT / "typing_tests/application.py").read_text()
    wrong = program.replace("from .models", "from typing_tests.models").replace(
        "assert_type(await author.load(1), User)",
        "assert_type(await author.load(1), Post)",
    )
    (tmp_path / "application.py").write_text(wrong)

    [found, last] = checked(tmp_path / "application.py").splitlines()

    assert 'Expression is of type "User", not "Post"' in found
    assert last.startswith("Found 1 error")


def test_a_scaffolded_application_is_typed(tmp_path: Path) -> None:
    made = scaffold(models)
    for name, text in files_of_app(made).items():
        (tmp_path / name).write_text(text)

    found = checked("--strict", tmp_path)

    assert found.startswith("Success: no issues found in 3 "), found


def test_the_code_of_the_readmes_is_typed(tmp_path: Path) -> None:
    for place, readme in enumerate(READMES):
        blocks = re.findall(r"```python\n(.*?)```", readme.read_text(), re.DOTALL)
        (tmp_path / f"readme_{place}.py").write_text("\n".join(blocks))

    # What they define is for readers, and has no annotations.
    found = checked("--allow-untyped-defs", "--allow-untyped-calls", tmp_path)

    assert found.startswith("Success: no issues found in "), found
