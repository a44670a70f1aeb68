"""`verify` on mappings that nobody here wrote, and the table of what came of it.

    python -m proofs applications [NAME…]   public applications
    python -m proofs examples               the examples of SQLAlchemy
    python -m proofs suite [FILE…]          the mappings of SQLAlchemy's own ORM tests
    python -m proofs table                  write docs/foreign-mappings.md

Applications are installed into environments of their own; examples and tests are those
of SQLAlchemy's source distribution, of the version that is installed here.

Environments, the source distribution and results are kept in a folder that
`PROOFS_WORK` names (`proofs` in the temporary folder). `PROOFS_SECONDS` is the time for
one application, one example or one mapping of a test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import sqlalchemy
import uv

from .applications import APPLICATIONS
from .table import write_table

ROOT = Path(__file__).parent.parent
WORK = Path(os.environ.get("PROOFS_WORK") or Path(tempfile.gettempdir()) / "proofs")
OUT = WORK / "results"
SDIST = WORK / f"sqlalchemy-{sqlalchemy.__version__}"
SOURCES = [*(ROOT / "packages").glob("*/src"), ROOT]
NEEDED = ("ariadne", "aiodataloader", "aiosqlite", "greenlet", "starlette")
LEFT_OUT = (
    *("performance", "space_invaders", "sharding", "asyncio"),
    *("advanced", "fixture_data", "helloworld", "relationship_caching"),
    "local_session_caching",
)
"""Examples that map nothing of their own, want a screen, or several databases."""


def run(*command: str | Path, cwd: Path = WORK, **environment: str) -> int:
    """Run a command that sees the packages and this folder."""
    path = os.pathsep.join(map(str, SOURCES))
    names = {"PYTHONPATH": path, "PYTHONWARNINGS": "ignore", "PROOFS_OUT": str(OUT)}
    process = subprocess.run(  # noqa: S603 - commands of this file only
        command, cwd=cwd, env={**os.environ, **names, **environment}, check=False
    )
    return process.returncode


def applications(names: list[str]) -> None:
    """Install each application into an environment of its own, and verify it."""
    for name in names or APPLICATIONS:
        application = APPLICATIONS[name]
        folder = WORK / name
        python = folder / "bin/python"
        if not python.exists():
            run(uv.find_uv_bin(), "venv", "-q", "--python", sys.executable, folder)
            install = (uv.find_uv_bin(), "pip", "install", "-q", "--python", python)
            run(*install, *NEEDED, *application.requirements)
        _fresh(name)
        seconds = os.environ.get("PROOFS_SECONDS", "120")
        out = OUT / f"{name}.jsonl"
        code = run(
            *(python, "-m", "proofs.examine", name, out, seconds), *application.modules
        )
        print(name, "verified" if code == 0 else f"failed with {code}")


def sdist() -> None:
    """Fetch SQLAlchemy's source distribution, of the version that is installed."""
    if SDIST.exists():
        return
    release = f"sqlalchemy=={sqlalchemy.__version__}"
    pip = (uv.find_uv_bin(), "tool", "run", "pip", "download", "-q", "--no-deps")
    run(*pip, "--no-binary", "sqlalchemy", "-d", WORK, release)
    run("tar", "xzf", f"{SDIST}.tar.gz")


def examples() -> None:
    """Verify what each example maps."""
    sdist()
    _fresh("examples")
    seconds = os.environ.get("PROOFS_SECONDS", "30")
    folder = SDIST / "examples"
    (SDIST / "dogpile_data").mkdir(exist_ok=True)  # else an example asks for it
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(SDIST).with_suffix("").parts
        if file.stem == "__init__" or not {*parts}.isdisjoint(LEFT_OUT):
            continue
        module = ".".join(parts)
        out = OUT / "examples.jsonl"
        command = (sys.executable, "-m", "proofs.examine", "examples", out, seconds)
        code = run(*command, module, cwd=SDIST)
        print(module, "verified" if code == 0 else f"failed with {code}")


def suite(files: list[str]) -> None:
    """Run SQLAlchemy's own tests, and verify what they map."""
    sdist()
    if not files:
        found = SDIST.glob("test/orm/**/test_*.py")
        files = [str(one.relative_to(SDIST)) for one in found]
    pytest = (sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider")
    for file in sorted(files):
        run(*pytest, "-p", "proofs.suite_plugin", file, cwd=SDIST)


def _fresh(name: str) -> None:
    (OUT / f"{name}.jsonl").unlink(missing_ok=True)


def main() -> None:
    what, *names = sys.argv[1:] or [""]
    OUT.mkdir(parents=True, exist_ok=True)
    match what:
        case "applications":
            applications(names)
        case "examples":
            examples()
        case "suite":
            suite(names)
        case "table":
            write_table(OUT, ROOT / "docs/foreign-mappings.md")
        case _:
            sys.exit(__doc__)


main()
