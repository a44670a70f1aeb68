"""The build of the web UI: when it runs, and what is said where it can't."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from playground.ui_build import (
    NODE_WHEEL,
    UI_FOLDER,
    ensure_ui,
    hash_sources,
    is_recent,
)

VITE = """
const { mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const source = readFileSync("src/main.tsx", "utf8");
if (source.includes("mistake")) {
  console.error("src/main.tsx: a mistake");
  process.exit(1);
}
mkdirSync("dist", { recursive: true });
writeFileSync("dist/index.html", source);
"""
"""What stands in for Vite: a page that is its source."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A UI without dependencies, so that there is nothing to fetch."""
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    lock = json.dumps({"name": "ui", "lockfileVersion": 3, "packages": {"": {}}})
    files = {
        "package.json": '{"name": "ui"}',
        "package-lock.json": lock,
        "src/main.tsx": "one",
        "src/main.test.tsx": "a test",
        "node_modules/.package-lock.json": lock,
        "node_modules/vite/bin/vite.js": VITE,
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


@pytest.fixture
def said() -> list[str]:
    return []


def test_it_is_built_once_and_again_when_a_source_changes(
    folder: Path, said: list[str]
) -> None:
    page = ensure_ui(progress=said.append, folder=folder)
    assert page == folder / "dist"
    assert (page / "index.html").read_text() == "one"
    assert said[0].startswith("Building the web UI")
    assert said[-1].startswith("The web UI is built, in ")

    said.clear()
    (folder / "src" / "main.test.tsx").write_text("another test")
    assert ensure_ui(progress=said.append, folder=folder) == page
    assert said == []

    (folder / "src" / "main.tsx").write_text("two")
    ensure_ui(progress=said.append, folder=folder)
    assert (page / "index.html").read_text() == "two"


def test_a_failure_is_told_and_the_earlier_page_kept(
    folder: Path, said: list[str]
) -> None:
    page = ensure_ui(progress=said.append, folder=folder)
    said.clear()
    (folder / "src" / "main.tsx").write_text("mistake")

    assert ensure_ui(progress=said.append, folder=folder) == page

    text = "\n".join(said)
    assert "The web UI can't be built here: Bundling failed." in text
    assert "src/main.tsx: a mistake" in text
    assert "The page of an earlier build is served; the API is served" in text

    # It is tried again at the next start.
    (folder / "src" / "main.tsx").write_text("three")
    ensure_ui(progress=said.append, folder=folder)
    assert (folder / "dist" / "index.html").read_text() == "three"


def test_without_the_npm_registry_it_says_what_to_do(
    folder: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(folder / "node_modules")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(UI_FOLDER / name, folder)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_cache", str(folder / "cache"))

    assert ensure_ui(progress=said.append, folder=folder) is None

    text = "\n".join(said)
    assert "Fetching packages from the npm registry failed." in text
    assert "ECONNREFUSED" in text
    assert "Connect to the internet" in text
    assert "No page; the API is served all the same." in text


@pytest.mark.parametrize("machine", ["without Node.js", "with an old one"])
def test_without_nodejs_and_pypi_it_says_what_to_do(
    folder: Path, said: list[str], monkeypatch: pytest.MonkeyPatch, machine: str
) -> None:
    programs = folder / "bin"
    programs.mkdir()
    if machine == "with an old one":
        for name in ("node", "npm"):
            (programs / name).write_text("#!/bin/sh\necho v18.19.1\n")
            (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    for name in ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("UV_CACHE_DIR", str(folder / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("PIP_RETRIES", "0")

    assert ensure_ui(progress=said.append, folder=folder) is None

    text = "\n".join(said)
    if machine == "with an old one":
        assert "Node.js v18.19.1 is too old: taking it from PyPI" in text
    else:
        assert f"No Node.js here: taking it from PyPI, as `{NODE_WHEEL}`." in text
    assert "Install Node.js 22.12 or later (https://nodejs.org)" in text


def test_nodejs_comes_from_pypi_where_the_machine_has_none(
    folder: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")

    assert ensure_ui(progress=said.append, folder=folder) == folder / "dist"

    assert (folder / "dist" / "index.html").read_text() == "one"


@pytest.mark.parametrize(
    ("version", "recent"),
    [
        ("v18.20.0", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v23.0.0", True),
        ("v24.19.0", True),
        ("of an unknown version", False),
    ],
)
def test_versions_of_nodejs(version: str, recent: bool) -> None:
    assert is_recent(version) is recent


def test_the_lock_file_names_no_registry() -> None:
    lock = (UI_FOLDER / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert "https://registry" not in lock


def test_the_hash_is_of_names_and_contents(folder: Path) -> None:
    before = hash_sources(folder)
    (folder / "src" / "main.tsx").rename(folder / "src" / "other.tsx")
    assert hash_sources(folder) != before
