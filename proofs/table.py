"""What was verified, as a page of the documentation."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
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

| source | mappings | classes | queries | not asked | answers | as JSON | differences |
|---|--:|--:|--:|--:|--:|--:|--:|
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
        as_json = _sum(found, "json")
        cells = (classes, queries, _left(found), answers)
        numbers = " | ".join(f"{cell:,}" for cell in cells)
        numbers += f" | {as_json['json']:,} of {as_json['asked']:,} | {differences:,}"
        text += f"| {source} | {_mappings(found)} | {numbers} |\n"
    text += _by_way(_sum([one for found in rows.values() for one in found], "ways"))
    page.write_text(text + (f"\n## {kept}" if kept else ""))
    for source, found in sorted(rows.items()):
        for one in found:
            for what in (one.get("crash"), *one.get("differences", ())):
                if what:
                    print(f"{source}: {', '.join(one['classes'][:6])}\n  {what}\n")


def _sum(found: list[dict[str, Any]], what: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in found:
        total.update(one.get(what, {}))
    return total


def _by_way(ways: Counter[str]) -> str:
    """Return how many answers were compared on each path, by how it was executed."""
    pairs = [way.split(", ") for way in sorted(ways)]
    modes = sorted({mode for _, mode in pairs})
    lines = [f"| answers | {' | '.join(f'`{mode}`' for mode in modes)} |"]
    lines.append("|---" + "|--:" * len(modes) + "|")
    for path in sorted({path for path, _ in pairs}):
        counts = (f"{ways[f'{path}, {mode}']:,}" for mode in modes)
        lines.append(f"| {path} | {' | '.join(counts)} |")
    return "\n" + "\n".join(lines) + "\n"


def _mappings(found: list[dict[str, Any]]) -> str:
    """Return how many there are; of how many, where a run was ended."""
    there_are = max(one.get("of", 0) for one in found)
    return f"{len(found)} of {there_are}" if there_are > len(found) else str(len(found))


def _left(found: list[dict[str, Any]]) -> int:
    """Return how many queries there was no time for, or that were left out."""
    notes = " ".join(note for one in found for note in one.get("not_asked", ()))
    whys = (
        "there was no time for|there were enough differences without|is brief, without"
    )
    return sum(map(int, re.findall(rf"(?:{whys}) (\d+) of", notes)))


def _shown(source: str) -> str:
    if source.startswith("test/"):
        return f"SQLAlchemy, `{source.rpartition('/')[0]}`"
    return f"SQLAlchemy, `{source}`" if source == "examples" else source
