"""A progress bar on stderr, and plain lines where stderr is no terminal."""

import sys
import time
from typing import TextIO

WIDTH = 30  # characters
INTERVAL = 0.1  # seconds between two drawings


class Progress:
    """Counts rows up to *total*; a bar in a terminal, a line per tenth elsewhere."""

    def __init__(self, label: str, total: int, stream: TextIO | None = None) -> None:
        self.label = label
        self.total = total
        self.stream = stream or sys.stderr
        self.done = 0
        self._drawn_at = 0.0
        self._tenths = -1

    def advance(self, rows: int) -> None:
        self.done += rows
        if self.stream.isatty():
            now = time.monotonic()
            if now - self._drawn_at >= INTERVAL or self.done >= self.total:
                self._drawn_at = now
                self._draw()
        else:
            tenths = self.done * 10 // self.total
            if tenths > self._tenths:
                self._tenths = tenths
                print(f"{self.label}: {self._rows()}", file=self.stream, flush=True)

    def _draw(self) -> None:
        filled = self.done * WIDTH // self.total
        bar = "█" * filled + "░" * (WIDTH - filled)
        end = "\n" if self.done >= self.total else ""
        self.stream.write(f"\r{self.label} {bar} {self._rows()}{end}")
        self.stream.flush()

    def _rows(self) -> str:
        return f"{self.done:,} of {self.total:,} rows"
