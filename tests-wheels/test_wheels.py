"""Each package installs alone from its wheel, and brings only what its layer needs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import uv

ROOT = Path(__file__).parent.parent
PYTHON = os.environ.get("SQLA_TEST_PYTHON", sys.executable)
"""What the wheels are installed for: another one than what runs the other tests shows
more."""
PACKAGES = ("sqla-selection", "sqla-loaders", "sqla-json", "ariadne-sqla")
SELECTION = {
    *("graphql-core", "sqla-selection", "sqlalchemy"),
    *("greenlet", "typing-extensions"),  # of SQLAlchemy
}
LOADERS = SELECTION | {"aiodataloader", "sqla-loaders"}
ALL = LOADERS | {"ariadne", "ariadne-sqla", "sqla-json", "starlette"}
LAYERS = {
    "sqla-selection": SELECTION,
    "sqla-loaders": LOADERS,
    "sqla-json": LOADERS | {"sqla-json"},
    "sqla-loaders[ariadne]": LOADERS | {"ariadne", "starlette"},
    "ariadne-sqla": ALL,
    "ariadne-sqla[cli]": ALL | {"click", "sqlacodegen"},
}
# The other tests of the package pass without the extra already.
OF_EXTRAS = {
    "sqla-loaders[ariadne]": "test_extension.py",
    "ariadne-sqla[cli]": "test_cli.py",
}
# Nothing of the environment that runs this test may reach the ones that it makes. The
# tests of a package run on SQLite there: CI would ask for the servers, too.
HIDDEN = {"CI", "PYTHONPATH", "SQLA_TEST_MARIADB_URL", "SQLA_TEST_POSTGRESQL_URL"}


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    process = subprocess.run(  # noqa: S603 - commands of this file only
        command,
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if name not in HIDDEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout
    return process.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Wheels built from the source distributions, by name of the package."""
    folder = tmp_path_factory.mktemp("wheels")
    for package in PACKAGES:
        run(uv.find_uv_bin(), "build", "--out-dir", folder, ROOT / "packages" / package)
    return {
        package: next(folder.glob(f"{package.replace('-', '_')}-*.whl"))
        for package in PACKAGES
    }


class Installed:
    """An environment that held nothing before the package was installed.

    What an extra brings is installed into the one of its package, when that was tested.
    """

    def __init__(self, folder: Path, package: str, wheels: dict[str, Path]) -> None:
        self.folder = folder
        self.requirement = ""
        self.package = package
        self.module = package.replace("-", "_")
        scripts = "Scripts" if os.name == "nt" else "bin"
        self.python = folder / "venv" / scripts / "python"
        run(uv.find_uv_bin(), "venv", "--python", PYTHON, folder / "venv")
        # Siblings come from the wheels, never from the index; SQLAlchemy and
        # graphql-core are the releases that this run of the tests is about.
        self.constraints = folder / "constraints.txt"
        lines = [f"{name} @ {wheel.as_uri()}" for name, wheel in wheels.items()]
        lines += [f"{name}=={version(name)}" for name in ("graphql-core", "sqlalchemy")]
        self.constraints.write_text("\n".join(lines))

    def require(self, requirement: str) -> None:
        """Install the package, with an extra or without."""
        self.requirement = requirement
        self.install(requirement)

    def install(self, *requirements: str) -> None:
        run(
            *(uv.find_uv_bin(), "pip", "install", "--python", self.python),
            *("--constraints", self.constraints),
            *requirements,
        )

    def packages(self) -> set[str]:
        listed = run(
            *(uv.find_uv_bin(), "pip", "list", "--python", self.python),
            *("--quiet", "--format", "json"),
        )
        return {package["name"] for package in json.loads(listed)}


@pytest.fixture(scope="module")
def environments() -> dict[str, Installed]:
    """Those that were made, by name of the package."""
    return {}


@pytest.fixture(scope="module", params=LAYERS)
def installed(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    wheels: dict[str, Path],
    environments: dict[str, Installed],
) -> Installed:
    package = request.param.partition("[")[0]
    if package not in environments:
        folder = tmp_path_factory.mktemp("installed")
        environments[package] = Installed(folder, package, wheels)
    environments[package].require(request.param)
    return environments[package]


# The tests below share the environment and run in this order: the last one adds to it.


def test_it_brings_only_what_its_layer_needs(installed: Installed) -> None:
    needed = LAYERS[installed.requirement]
    packages = installed.packages()

    if "ariadne" in needed:
        assert needed - packages == set()
    else:
        assert packages - needed == set()


def test_it_imports_and_is_typed(installed: Installed) -> None:
    printed = run(
        *(installed.python, "-I", "-W", "error", "-c"),
        f"import {installed.module} as it; print(it.__version__, it.__file__)",
    )
    module_version, _, file = printed.strip().partition(" ")

    assert module_version == version(installed.package)
    assert Path(file).is_relative_to(installed.folder)
    assert Path(file).with_name("py.typed").exists()
    if installed.requirement.endswith("[ariadne]"):
        run(installed.python, "-W", "error", "-c", "import sqla_loaders.extension")


def test_the_examples_of_its_readme_print_what_it_says(
    installed: Installed, tmp_path: Path
) -> None:
    readme = (ROOT / "packages" / installed.package / "README.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    (printed,) = re.findall(r"```text\n(.*?)```", readme, re.DOTALL)
    (tmp_path / "example.py").write_text("\n".join(examples))

    assert run(installed.python, "-W", "error", "example.py", cwd=tmp_path) == printed


def test_its_own_tests_pass(installed: Installed) -> None:
    # In the newest releases that this Python has.
    installed.install("aiosqlite", "httpx", "hypothesis", "pytest~=9.0")
    tests = ROOT / "packages" / installed.package / "tests"

    run(
        *(installed.python, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
        tests / OF_EXTRAS.get(installed.requirement, ""),
    )
