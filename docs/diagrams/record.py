"""Record the playground for the first page: frames of a real browser, as one WebP.

hatch run pip install pillow && hatch run python docs/diagrams/record.py
"""
# ruff: noqa: INP001, D102, D103, T201

from __future__ import annotations

import io
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "docs" / "assets" / "playground.webp"
SIZE = (1280, 760)

sys.path.insert(0, str(ROOT))

from playground.testing import running  # noqa: E402

QUERY = """query {
  posts(limit: 100) {
    title
    author {
      username
    }
    tags {
      name
    }
  }
}
"""


class Recording:
    """Frames, and how long each is shown."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frames: list[Image.Image] = []
        self.durations: list[int] = []

    def show(self, milliseconds: int) -> None:
        self.page.wait_for_timeout(400)  # until what moves has come to rest
        self.frames.append(Image.open(io.BytesIO(self.page.screenshot())))
        self.durations.append(milliseconds)

    def save(self, path: Path) -> None:
        first, *others = (frame.convert("RGB") for frame in self.frames)
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=self.durations,
            loop=0,
            quality=80,
            method=6,
        )


def record(page: Page) -> Recording:
    recording = Recording(page)

    def open_tab(name: str) -> None:
        page.get_by_role("tab", name=name).click()

    def shown(selector: str) -> None:
        expect(page.locator(selector).first).to_be_visible()

    recording.show(1500)
    page.get_by_role("button", name="Execute query").click()
    shown(".statement")
    recording.show(2500)
    open_tab("Plan")
    recording.show(2500)
    page.get_by_role("radio", name="Lazy").check()
    open_tab("Statements")
    shown(".runs")
    recording.show(2500)
    page.get_by_role("radio", name="Eager").check()
    open_tab("Compare")
    page.get_by_role("button", name="Compare the paths").click()
    expect(page.get_by_role("button", name="Compare again")).to_be_visible(
        timeout=60_000
    )
    recording.show(3500)
    open_tab("Statements")
    page.get_by_role("button", name="Examples").first.click()
    recording.show(1500)
    page.get_by_role("button", name="Guessing a hidden title").click()
    shown(".sql-of-policy")
    recording.show(3000)
    open_tab("Viewers")
    page.get_by_role("button", name="Ask as each viewer").click()
    shown(".line-own")
    recording.show(4000)
    return recording


def main() -> None:
    with (
        TemporaryDirectory() as folder,
        running(
            "-m",
            "playground",
            "--port=0",
            f"--database=sqlite:///{folder}/blog.sqlite3",
        ) as server,
        sync_playwright() as playwright,
    ):
        server.client.get("/health")
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page(
            viewport={"width": SIZE[0], "height": SIZE[1]}, reduced_motion="reduce"
        )
        page.goto(f"{server.client.base_url}/#query={quote(QUERY)}")
        page.locator(".graphiql-query-editor .view-line").first.wait_for()
        record(page).save(OUTPUT)
        browser.close()
    print(f"{OUTPUT}: {OUTPUT.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
