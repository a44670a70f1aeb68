"""How the modules of the packages hang together, read from their syntax trees.

An import counts wherever it stands, in a function and under `TYPE_CHECKING` too: it
says that one module cannot be understood without the other.

`KNOWN` is what remains to be done, one line each. A line that is no longer true fails,
so the list can only get shorter.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent

LAYERS = {
    "sqla_selection": ROOT / "packages/sqla-selection/src",
    "sqla_loaders": ROOT / "packages/sqla-loaders/src",
    "sqla_json": ROOT / "packages/sqla-json/src",
    "ariadne_sqla": ROOT / "packages/ariadne-sqla/src",
    "playground": ROOT,
}
"""Each may import those before it. The playground is an application of them."""
PACKAGES = list(LAYERS)[:-1]

NOT_THEIRS = {
    "sqla_selection": {"aiodataloader", "ariadne", "greenlet", "starlette"},
    "sqla_loaders": {"ariadne", "starlette"},
    "sqla_json": {"ariadne", "starlette"},
}
"""What a package is installed without."""
EXTRAS = {("sqla_loaders.extension", "ariadne")}

GATE = "sqla_loaders.gate"
ELSEWHERE = {
    # An `EXPLAIN` of what runs, for debugging: no rows of anybody's.
    "ariadne_sqla.recording: connection.exec_driver_sql",
    # What is compared with: it must not go through what is verified.
    "ariadne_sqla.verify.naive: session.scalars",
    "ariadne_sqla.verify.of_models: session.scalars",
    "ariadne_sqla.verify.filling: session.get",
    "ariadne_sqla.verify.filling: session.scalars",
    # The tool's own rows, and how many there are.
    "ariadne_sqla.verify.filling: connection.execute",
    "ariadne_sqla.verify.database: connection.scalar",
    "ariadne_sqla.verify.database: cursor.execute",
}
"""Statements that run elsewhere, and why."""
RUNS_STATEMENTS = {
    *("exec_driver_sql", "execute", "get_one", "refresh"),
    *("scalar", "scalars", "stream", "stream_scalars"),
}
SESSIONS = {"actual", "session", "sync", "sync_session"}

FEWEST, MOST = 60, 300
SMALL = {
    "ariadne_sqla.__main__": "the way into the command line",
    "ariadne_sqla.check.root_fields": "one kind of finding",
    "ariadne_sqla.cli.group": "the list of commands",
    "ariadne_sqla.client_values": "one question about a value",
    "ariadne_sqla.finished": "one value, and who takes it",
    "ariadne_sqla.incremental": "one question about a document",
    "ariadne_sqla.holder": "one value",
    "ariadne_sqla.leading": "one question about a schema",
    "ariadne_sqla.noted": "one list on a session",
    "ariadne_sqla.routes": "the off switch",
    "ariadne_sqla.session_factories": "one question about a function",
    "ariadne_sqla.unplanned": "two executors that do little",
    "sqla_json.declining": "one value",
    "sqla_json.made": "one form",
    "sqla_loaders.binds": "two questions about a session",
    "sqla_loaders.keys": "one condition",
    "sqla_loaders.lifetime": "one value",
    "sqla_loaders.testing": "names of `sqla_selection.testing`",
    "sqla_selection.counted_cursor": "one cursor",
    "sqla_selection.made_ahead": "one function",
    "sqla_selection.arguments.document": "one question about a document",
    "sqla_selection.arguments.seen": "one question about a viewer",
    "sqla_selection.needs": "one value",
}
"""Modules below the fewest lines, and what they are."""

KNOWN: dict[str, set[str]] = {
    "circle": set(),
    "private": set(),
    "statement": set(),
    "length": set(),
}


class Import(NamedTuple):
    """A name of a module; the name is empty where the module itself is imported."""

    module: str
    name: str


@cache
def files(layer: str) -> dict[str, Path]:
    """Return the files of a layer by the names of their modules."""
    found = {}
    for file in sorted((LAYERS[layer] / layer).rglob("*.py")):
        parts = file.relative_to(LAYERS[layer]).with_suffix("").parts
        if "node_modules" not in parts:
            found[".".join(parts).removesuffix(".__init__")] = file
    return found


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(files(layer_of(module))[module].read_text())


def layer_of(module: str) -> str:
    return module.partition(".")[0]


def is_module(name: str) -> bool:
    return layer_of(name) in LAYERS and name in files(layer_of(name))


@cache
def imports(module: str) -> frozenset[Import]:
    return frozenset(_imports(module))


def _imports(module: str) -> Iterator[Import]:
    package = module.split(".")
    if files(layer_of(module))[module].name != "__init__.py":
        package.pop()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                name = f"{source}.{alias.name}"
                is_one = is_module(name) and alias.name not in exported(source)
                yield Import(name, "") if is_one else Import(source, alias.name)


def exported(module: str) -> set[str]:
    """Return the names in `__all__` of a module."""
    if not is_module(module):
        return set()
    for node in tree(module).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def circles(layer: str) -> set[str]:
    """Return groups of modules that need each other."""
    needs = {
        module: {found.module for found in imports(module)} & files(layer).keys()
        for module in files(layer)
    }

    def reached_from(module: str) -> set[str]:
        reached: set[str] = set()
        ahead = [module]
        while ahead:
            new = needs[ahead.pop()] - reached
            reached |= new
            ahead += new
        return reached

    reached = {module: reached_from(module) for module in needs}
    return {
        " ↔ ".join(sorted(other for other in reached[one] if one in reached[other]))
        for one in needs
        if one in reached[one]
    }


def private_names(layer: str) -> set[str]:
    """Return imports from another layer of what that does not export."""
    return {
        f"{module}: {'.'.join(filter(None, found))}"
        for module in files(layer)
        for found in imports(module)
        if layer_of(found.module) in {*PACKAGES} - {layer}
        if not is_public(found)
    }


def is_public(found: Import) -> bool:
    if any(part.startswith("_") for part in found.module.split(".")):
        return False
    return not found.name or found.name in exported(found.module)


def statements(module: str) -> set[str]:
    """Return where a module runs statements, or hands on what runs them."""
    return {
        f"{module}: {ast.unparse(node)}"
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Attribute)
        if isinstance(node.value, (ast.Name, ast.Attribute))
        if node.attr in RUNS_STATEMENTS
        or (node.attr == "get" and ast.unparse(node.value).split(".")[-1] in SESSIONS)
        if ast.unparse(node.value) != "result"
    }


def assert_only_known(rule: str, found: set[str], of: str) -> None:
    """Check that what was found in the package *of* is what is known of it."""
    known = {line for line in KNOWN[rule] if layer_of(line.partition(":")[0]) == of}

    assert found - known == set()
    assert known - found == set(), "Strike these off KNOWN: they are done."


@pytest.mark.parametrize("package", LAYERS)
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    assert_only_known("circle", circles(package), package)


@pytest.mark.parametrize("package", LAYERS)
def test_imports_point_down(package: str) -> None:
    above = list(LAYERS)[list(LAYERS).index(package) + 1 :]
    forbidden = {*above, *NOT_THEIRS.get(package, set())}

    assert {
        (module, imported)
        for module in files(package)
        for imported in {layer_of(found.module) for found in imports(module)}
        if imported in forbidden
    } - EXTRAS == set()


@pytest.mark.parametrize("package", LAYERS)
def test_what_is_imported_of_a_package_below_is_exported_there(package: str) -> None:
    assert_only_known("private", private_names(package), package)


@pytest.mark.parametrize("package", PACKAGES)
def test_statements_run_in_the_gate_only(package: str) -> None:
    found = {
        line for name in files(package) if name != GATE for line in statements(name)
    }

    assert_only_known("statement", found - ELSEWHERE, package)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_exported_name_hides_a_module(package: str) -> None:
    names = {
        f"{module}.{name}" for module in files(package) for name in exported(module)
    }

    assert {name for name in names if name in files(package)} == set()


def modules_on_page(package: str) -> list[str]:
    """Return the modules in a package's tables on the page, from the top down."""
    page = (ROOT / "docs/architecture.md").read_text()
    heading = f"\n### {package.replace('_', '-')}\n"
    text = page.partition(heading)[2].partition("\n### ")[0]
    return [
        f"{package}.{path.replace('/', '.')}"
        for path in re.findall(r"^\| `([\w/]+)\.py` \|", text, re.MULTILINE)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_each_module_has_its_place_in_the_architecture(package: str) -> None:
    modules = {
        module
        for module, file in files(package).items()
        if file.stem not in ("__init__", "__about__", "__main__")
    }

    assert sorted(modules_on_page(package)) == sorted(modules)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_imports_what_stands_under_it_in_the_architecture(
    package: str,
) -> None:
    listed = modules_on_page(package)

    def table(module: str) -> str:
        return module.rpartition(".")[0]

    assert [
        (module, found.module)
        for place, module in enumerate(listed)
        for found in imports(module)
        if found.module in listed[:place] and table(found.module) == table(module)
    ] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_is_neither_long_nor_a_scrap(package: str) -> None:
    lines = {
        module: len(file.read_text().splitlines())
        for module, file in files(package).items()
        if file.stem not in ("__init__", "__about__", "errors")
    }
    short = {module for module, count in lines.items() if count < FEWEST}

    assert short == {module for module in SMALL if layer_of(module) == package}
    long = {module for module, count in lines.items() if count > MOST}
    assert_only_known("length", long, package)


def test_every_known_line_is_of_a_package() -> None:
    lines = [line for known in KNOWN.values() for line in known]

    assert [line for line in lines if layer_of(line) not in LAYERS] == []
