"""What holds for every package: its public names and its changelog."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {
    "sqla_selection": ROOT / "packages/sqla-selection",
    "sqla_loaders": ROOT / "packages/sqla-loaders",
    "sqla_json": ROOT / "packages/sqla-json",
    "ariadne_sqla": ROOT / "packages/ariadne-sqla",
}
MODULES = [
    module.name
    for name in PACKAGES
    for module in pkgutil.walk_packages(
        importlib.import_module(name).__path__, f"{name}."
    )
]


def public_names(module: ModuleType) -> set[str]:
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not isinstance(value, ModuleType)
        # `from __future__ import annotations` leaves a name behind.
        and getattr(value, "__class__", None).__module__ != "__future__"
    }


@pytest.mark.parametrize("name", PACKAGES)
def test_all_is_sorted_and_complete(name: str) -> None:
    module = importlib.import_module(name)

    # Constants, then classes, then the rest, as the linter sorts them.
    order = sorted(
        module.__all__, key=lambda n: (not n.isupper(), not n[0].isupper(), n)
    )
    assert list(module.__all__) == order
    assert set(module.__all__) - {"__version__"} == public_names(module)
    assert module.__version__


@pytest.mark.parametrize("name", MODULES)
def test_every_name_in_all_of_a_module_is_there(name: str) -> None:
    module = importlib.import_module(name)

    assert [
        member
        for member in getattr(module, "__all__", [])
        if not hasattr(module, member)
    ] == []


def test_ariadne_sqla_has_every_name_of_the_contrib_package() -> None:
    contrib = importlib.import_module("ariadne.contrib.sqlalchemy")
    ours = importlib.import_module("ariadne_sqla")

    assert set(contrib.__all__) <= set(ours.__all__)


@pytest.mark.parametrize("name", PACKAGES)
def test_newest_heading_of_the_changelog_is_the_version(name: str) -> None:
    changelog = (PACKAGES[name] / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)
    released = [heading for heading in headings if heading != "Unreleased"]

    assert released[0] == importlib.import_module(name).__version__


DEPENDENCIES = {
    "sqla_selection": ["graphql", "sqlalchemy.orm", "sqlalchemy.ext.asyncio"],
    "sqla_loaders": ["sqla_selection", "aiodataloader", "greenlet"],
    "sqla_json": ["sqla_loaders"],
    "ariadne_sqla": ["sqla_json", "ariadne"],
}
TAKES_LITTLE = {"hmac", "html", "secrets"}
"""Modules of Python's own that packages import, beyond what their dependencies do."""
IMPORTED_WHERE_USED = re.compile(
    r"ariadne_sqla\.(check|cli|scaffold|tracing|verify)\b"
    r"|sqla_json\.(mariadb|postgresql|sqlite)\b"
    r"|sqla_\w+\.(extension|testing)\b"
    r"|sqlalchemy\.dialects\."
)


@pytest.mark.parametrize("name", PACKAGES)
def test_what_takes_time_is_imported_where_it_is_used(name: str) -> None:
    dependencies = DEPENDENCIES[name]
    program = (
        f"import sys, {', '.join(dependencies)}; before = set(sys.modules); "
        f"import {name}; print(*sorted(set(sys.modules) - before))"
    )
    process = subprocess.run(  # noqa: S603  # Python, on names of our own
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    imported = process.stdout.split()

    known = {one.partition(".")[0] for every in DEPENDENCIES.values() for one in every}
    others = {one.partition(".")[0] for one in imported} - known - {name}
    assert others <= TAKES_LITTLE
    later = {one for one in imported if IMPORTED_WHERE_USED.match(one)}
    assert later == ({"sqla_loaders.extension"} if name == "ariadne_sqla" else set())
