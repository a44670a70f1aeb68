"""What was verified, as a page of the documentation."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

HEAD = """\
# Mappings that nobody here wrote

`ariadne-sqla verify` was run on SQLAlchemy's own ORM tests and examples, imported from
its source distribution, and on the models of public applications that PyPI has. Each
query was compared with lazy loading, see [Proving it on your models](guides/verify.md).
The page is written by

```sh
hatch run proofs:applications
hatch run proofs:examples
hatch run proofs:suite
hatch run proofs:table
```

| source | mappings | classes | queries | not asked | answers | differences |
|---|--:|--:|--:|--:|--:|--:|
"""


def write_table(results: Path, page: Path) -> None:
    """Write the table; what explains differences stands below it and is kept."""
    kept = page.read_text().partition("\n## ")[2] if page.exists() else ""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for file in sorted(results.glob("*.jsonl")):
        for line in file.read_text().splitlines():
            found = json.loads(line)
            rows[_shown(found["source"])].append(found)
    text = HEAD
    for source, found in sorted(rows.items()):
        queries, answers = (
            sum(one.get(what, 0) for one in found) for what in ("queries", "answers")
        )
        classes = sum(len(one["classes"]) for one in found)
        differences = sum(len(one.get("differences", ())) for one in found)
        cells = (classes, queries, _left(found), answers, differences)
        numbers = " | ".join(f"{cell:,}" for cell in cells)
        text += f"| {source} | {_mappings(found)} | {numbers} |\n"
    page.write_text(text + (f"\n## {kept}" if kept else ""))
    for source, found in sorted(rows.items()):
        for one in found:
            for what in (one.get("crash"), *one.get("differences", ())):
                if what:
                    print(f"{source}: {', '.join(one['classes'][:6])}\n  {what}\n")


def _mappings(found: list[dict[str, Any]]) -> str:
    """Return how many there are; of how many, where a run was ended."""
    there_are = max(one.get("of", 0) for one in found)
    return f"{len(found)} of {there_are}" if there_are > len(found) else str(len(found))


def _left(found: list[dict[str, Any]]) -> int:
    """Return how many queries there was no time for."""
    notes = " ".join(note for one in found for note in one.get("not_asked", ()))
    return sum(map(int, re.findall(r"there was no time for (\d+) of", notes)))


def _shown(source: str) -> str:
    if source.startswith("test/"):
        return f"SQLAlchemy, `{source.rpartition('/')[0]}`"
    return f"SQLAlchemy, `{source}`" if source == "examples" else source
