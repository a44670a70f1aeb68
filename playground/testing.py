"""Run the playground, or any program that serves HTTP, as a process, and ask it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import httpx

ROOT = Path(__file__).parent.parent
TIMEOUT = 60.0  # seconds, for a start with its seeding and for an answer

ADDRESS = re.compile(r"http://127\.0\.0\.1:[1-9]\d*")
LOG_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d [\d:,]+ INFO sqlalchemy\.engine\.Engine ", re.MULTILINE
)
STATEMENT = re.compile(r"(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b")


class Answer(NamedTuple):
    """What a program answered, and which statements that took."""

    body: dict[str, Any]
    """The response: `data`, `errors`."""
    statements: list[str]
    """The SQL that was printed meanwhile, which needs a program that echoes it."""

    @property
    def data(self) -> Any:
        """The data of an answer without errors."""
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]


class Process:
    """A Python program, started from the root of the repository.

    Args:
        arguments: What follows `python`.
        output: The file for what it prints.
    """

    def __init__(self, arguments: tuple[str, ...], output: Path) -> None:
        self._output = output
        with output.open("wb") as stream:
            self._process = subprocess.Popen(  # noqa: S603 - the caller's own program
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        """What it has printed so far, to stdout or to stderr."""
        return self._output.read_text(encoding="utf-8")

    def wait_for_output(self, pattern: str | re.Pattern[str]) -> re.Match[str]:
        """Return the first match in what it prints.

        Raises:
            RuntimeError: It has ended without printing that, or does not print it in
                time. The message holds what it has printed instead.
        """
        deadline = time.monotonic() + TIMEOUT
        while True:
            has_ended = self._process.poll() is not None
            if match := re.search(pattern, self.output):
                return match
            if has_ended or time.monotonic() > deadline:
                msg = f"The program printed no {pattern!r} but:\n{self.output}"
                raise RuntimeError(msg)
            time.sleep(0.02)

    def wait(self) -> int:
        """Wait until it ends by itself, and return its exit status."""
        return self._process.wait(TIMEOUT)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait until it has ended, and return its exit status."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            return self._process.wait(TIMEOUT)
        finally:
            self._process.kill()

    @cached_property
    def client(self) -> httpx.Client:
        """Requests to the address that it prints."""
        address = self.wait_for_output(ADDRESS)[0]
        # The address is printed before the program listens. A connection per request,
        # as the server may be closing the one that has been idle for a while.
        limits = httpx.Limits(max_keepalive_connections=0)
        transport = httpx.HTTPTransport(retries=10, limits=limits)
        return httpx.Client(base_url=address, transport=transport, timeout=TIMEOUT)

    def ask(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        *,
        path: str = "/graphql",
        switches: dict[str, Any] | None = None,
    ) -> Answer:
        """Send a GraphQL operation, and read the statements from what is printed.

        Args:
            query: The document.
            variables: Its variables.
            path: Where the endpoint is.
            switches: What the playground is asked beside the query, see `Switches`.
        """
        operation: dict[str, Any] = {"query": query, "variables": variables}
        if switches is not None:
            operation["extensions"] = {"sqla": switches}
        client = self.client
        printed = len(self.output)
        response = client.post(path, json=operation)
        messages = LOG_LINE.split(self.output[printed:])[1:]
        statements = [message for message in messages if STATEMENT.match(message)]
        return Answer(response.json(), statements)


@contextmanager
def running(*arguments: str) -> Iterator[Process]:
    """Run `python *arguments` until the block ends."""
    with TemporaryDirectory() as folder:
        process = Process(arguments, Path(folder) / "output.txt")
        try:
            yield process
        finally:
            process.stop()
            if "client" in vars(process):
                process.client.close()
