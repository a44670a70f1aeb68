"""What holds for every package: its public names, its changelog, what it imports."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {
    "sqla_selection": ROOT / "packages/sqla-selection",
    "sqla_loaders": ROOT / "packages/sqla-loaders",
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

    assert list(module.__all__) == sorted(module.__all__)
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


def imported_modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert node.module is not None
            yield node.module


def imports(folder: Path) -> dict[str, set[str]]:
    """Top-level packages that each file under *folder* imports, also in functions."""
    return {
        file.relative_to(folder).as_posix(): {
            module.partition(".")[0]
            for module in imported_modules(ast.parse(file.read_text()))
        }
        for file in folder.rglob("*.py")
    }


@pytest.mark.parametrize(
    ("name", "above"),
    [
        ("sqla_selection", {"aiodataloader", "ariadne", "sqla_loaders", "starlette"}),
        ("sqla_loaders", {"ariadne", "starlette"}),
    ],
)
def test_imports_point_down(name: str, above: set[str]) -> None:
    optional = {"extension.py": {"ariadne"}} if name == "sqla_loaders" else {}
    wrong = {
        file: imported & (above | {"ariadne_sqla"}) - optional.get(file, set())
        for file, imported in imports(PACKAGES[name] / "src" / name).items()
    }

    assert {file: imported for file, imported in wrong.items() if imported} == {}


def test_the_playground_uses_only_public_names() -> None:
    private = [
        f"{file.relative_to(ROOT)}: {module}.{alias.name}"
        for file in (ROOT / "playground").glob("**/[!.]*.py")
        if "node_modules" not in file.parts
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom)
        and (module := node.module or "").partition(".")[0] in PACKAGES
        for alias in node.names
        if "._" in f"{module}.{alias.name}"
    ]

    assert private == []
