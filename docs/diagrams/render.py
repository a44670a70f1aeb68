"""Render the diagrams of the documentation, *.mmd beside this file, as SVG.

    hatch run python docs/diagrams/render.py

The site works without a network, so that a diagram is an image and not a script which
the reader's browser gets from elsewhere. Needs npm, which brings Mermaid, and Chromium.
"""
# ruff: noqa: INP001

import hashlib
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent
IMAGES = FOLDER.parent / "assets/diagrams"
MERMAID = "mermaid@11.17.2"
CONFIGURATION = {
    "startOnLoad": False,
    "theme": "base",
    "themeVariables": {
        "primaryColor": "#e8eaf6",
        "primaryBorderColor": "#5c6bc0",
        "primaryTextColor": "#1a1a2e",
        "lineColor": "#5c6bc0",
        "clusterBkg": "#fafafa",
        "clusterBorder": "#c5cae9",
        "edgeLabelBackground": "#ffffff",
    },
    "flowchart": {"wrappingWidth": 400},
    "fontFamily": "system-ui, sans-serif",
    "htmlLabels": False,  # an image shows no HTML
}
RENDER = """async ([source, configuration]) => {
    mermaid.initialize(configuration);
    return (await mermaid.render("diagram", source)).svg;
}"""


def mark(source: str) -> str:
    """Return the comment that says which source an image was made from."""
    return f"<!-- {hashlib.sha256(source.encode()).hexdigest()} -->"


def main() -> None:
    """Render all of them."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        subprocess.run(["npm", "pack", MERMAID], cwd=folder, check=True)  # noqa: S603, S607
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as files:
            files.extract("package/dist/mermaid.min.js", folder, filter="data")
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        page = browser.new_page()
        page.add_script_tag(path=Path(folder) / "package/dist/mermaid.min.js")
        for file in sorted(FOLDER.glob("*.mmd")):
            source = file.read_text()
            svg = page.evaluate(RENDER, [source, CONFIGURATION])
            svg = svg.replace("max-width:", "background:white;max-width:", 1)
            (IMAGES / f"{file.stem}.svg").write_text(f"{svg}\n{mark(source)}\n")
        browser.close()


if __name__ == "__main__":
    main()
