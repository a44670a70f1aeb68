"""The playground's page, as its tests use it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.testing import Process

SCREENSHOTS = Path(
    os.environ.get("PLAYGROUND_SCREENSHOTS", Path(__file__).parent / "screenshots")
)

PHONE = {"width": 390, "height": 844}

UNESCAPED = "!'()*~"
"""What JavaScript's encodeURIComponent leaves as it is."""

OpenPage = Callable[..., Page]


def unavailable(reason: str) -> NoReturn:
    """Skip the test, or fail it in CI, where a browser has to be there."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def link(server: Process, query: str, variables: str = "", **switches: str) -> str:
    """Return what Share copies, whose switches are route, strict and viewer."""
    parts = {"query": query, "variables": variables, **switches}
    fragment = "&".join(
        f"{name}={quote(value, safe=UNESCAPED)}"
        for name, value in parts.items()
        if value
    )
    return f"{server.client.base_url}/#{fragment}"


def run(page: Page) -> None:
    """Run the query in front, and wait until the panel shows what came of it."""
    page.get_by_role("button", name="Execute query").click()
    expect(page.locator(".running")).to_have_count(0)
    expect(page.locator(".welcome")).to_have_count(0)


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def open_example(page: Page, title: str) -> None:
    page.get_by_role("button", name="Examples").first.click()
    page.get_by_role("button", name=re.compile(f"^{re.escape(title)}")).click()


def editor(page: Page) -> Locator:
    return page.locator(".graphiql-query-editor .view-lines")


def answer(page: Page) -> Locator:
    return page.locator(".graphiql-response .view-lines")


def count_in_tab(page: Page) -> int:
    """Return the number of statements that the panel's first tab shows."""
    return int(page.locator(".tab-count").inner_text().replace(",", ""))


def take_screenshot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
