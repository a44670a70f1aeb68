"""The matrix as a table for the docs: each mapping on each path."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class _Entry:
    cells: int = 0
    statements: int = 0
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        if self.failures:
            return f"✗ {', '.join(sorted(set(self.failures)))}"
        return f"✓ {self.statements}"


_entries: dict[str, dict[str, _Entry]] = {}


def passed(mapping: str, path: str, statements: int) -> None:
    """Note a cell with the naive answer."""
    entry = _entry(mapping, path)
    entry.cells += 1
    entry.statements = max(entry.statements, statements)


def failed(mapping: str, path: str, where: str) -> None:
    """Note a cell with another answer, or with too many statements."""
    _entry(mapping, path).failures.append(where)


def _entry(mapping: str, path: str) -> _Entry:
    return _entries.setdefault(mapping, {}).setdefault(path, _Entry())


