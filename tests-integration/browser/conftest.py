"""A real browser on the real server: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from playground.testing import Process, running
from playground.ui_build import (
    UI_FOLDER,
    BuildFailedError,
    ensure_ui,
    install_tools,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request

    from .page import OpenPage

CHROMIUM = "/usr/bin/chromium"
OPTIONS = [
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Chromium itself must ask nobody for anything either.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT = 30_000.0  # milliseconds, for anything to appear


# Of module scope: while Playwright runs, no other event loop can start in its thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import expect, sync_playwright

    from .page import unavailable

    if not os.access(CHROMIUM, os.X_OK):
        unavailable(f"{CHROMIUM} is missing: apt-get install chromium")
    expect.set_options(timeout=TIMEOUT)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def ui() -> Path:
    from .page import unavailable

    said: list[str] = []
    page = ensure_ui(progress=said.append)
    if page is None:
        unavailable("\n".join(said))
    return page


@pytest.fixture(scope="session")
def axe_source(ui: Path) -> str:
    """The accessibility checker, to be run in a page."""
    from .page import unavailable

    try:
        install_tools()
    except BuildFailedError as error:
        unavailable(str(error))
    return (UI_FOLDER / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def serve(ui: Path) -> Callable[..., AbstractContextManager[Process]]:
    """Run the playground on a SQLite file, printing every statement."""

    @contextmanager
    def serving(file: Path, port: int = 0) -> Iterator[Process]:
        options = ("--echo", "--port", str(port), "--database", f"sqlite:///{file}")
        with running("-m", "playground", *options) as process:
            process.client.get("/health")
            yield process

    return serving


@pytest.fixture(scope="module")
def server(
    serve: Callable[..., AbstractContextManager[Process]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Process]:
    with serve(tmp_path_factory.mktemp("playground") / "blog.sqlite3") as process:
        yield process


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open an address in a browser that knows nothing of the other tests.

    Whatever a test does, its pages must ask nobody but their own server, and print no
    errors but those that the test says it provokes.
    """
    contexts = []
    strangers: list[str] = []
    troubles: list[str] = []

    def open_(address: str, *, provokes: str = "", **options: Any) -> Page:
        own = address.split("/#")[0]

        def note_request(request: Request) -> None:
            if not request.url.startswith((own, "data:", "blob:")):
                strangers.append(request.url)

        def note_message(message: ConsoleMessage) -> None:
            is_provoked = provokes and provokes in message.text
            if message.type in {"error", "warning"} and not is_provoked:
                troubles.append(f"{message.type}: {message.text}")

        def note_error(error: Error) -> None:
            troubles.append(str(error))

        options.setdefault("viewport", {"width": 1440, "height": 900})
        context = browser.new_context(reduced_motion="reduce", **options)
        context.set_default_timeout(TIMEOUT)
        contexts.append(context)
        page = context.new_page()
        page.on("request", note_request)
        page.on("console", note_message)
        page.on("pageerror", note_error)
        page.goto(address)
        page.locator(".graphiql-query-editor .view-line").first.wait_for()
        return page

    yield open_
    for context in contexts:
        context.close()
    assert strangers == []
    assert troubles == []
