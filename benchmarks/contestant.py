"""What a contestant is, and which ones there are."""

from __future__ import annotations

import json
import pkgutil
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from . import contestants as _contestants
from .databases import Database
from .workloads import Workload


class Answer(NamedTuple):
    """The JSON text of a GraphQL response."""

    text: str
    seconds: float | None = None
    """How long it took, where the contestant runs elsewhere and says so itself."""


class Contestant(ABC):
    """A way to answer the workloads, made for one database."""

    name: ClassVar[str]
    """As in tables and plots; it tells contestants apart."""

    workloads: ClassVar[frozenset[str] | None] = None
    """The workloads it takes part in, all of them if None."""

    databases: ClassVar[frozenset[str] | None] = None
    """The kinds of database that it knows, all of them if None."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def start(self) -> None:  # noqa: B027 - most have nothing to do
        """Get ready; none of it is timed."""

    async def stop(self) -> None:  # noqa: B027
        """Give back what `start` took."""

    @abstractmethod
    async def answer(self, workload: Workload) -> Answer:
        """Open a session, answer, close it: all that one request takes."""

    def asgi_app(self) -> Any:
        """The application for the load part, None if there is none."""
        return None

    def server(self, listener: int) -> Sequence[str | Path] | None:
        """The command that serves HTTP on an open socket, None if there is none.

        Args:
            listener: The file descriptor of the socket.

        """
        if self.asgi_app() is None:
            return None
        url = self.database.url.render_as_string(hide_password=False)
        serve = (sys.executable, "-m", "benchmarks.serve")
        return [*serve, self.name, self.database.kind, url, str(listener)]

    def query(self, workload: Workload) -> str:
        """The document that asks what the workload does."""
        return workload.query

    def normalize(self, workload: Workload, data: Any) -> Any:
        """Bring its data into the shape that the others give."""
        return data

    def takes_part(self, workload: Workload) -> bool:
        return self.workloads is None or workload.name in self.workloads


@dataclass(frozen=True)
class Skipped:
    """A contestant, or a file of them, that is not measured."""

    name: str
    reason: str


def find_contestants() -> tuple[list[type[Contestant]], list[Skipped]]:
    """Import every file of `contestants/`; each lists its own in `CONTESTANTS`."""
    found: list[type[Contestant]] = []
    skipped: list[Skipped] = []
    for module_info in pkgutil.iter_modules(_contestants.__path__):
        try:
            module = import_module(f"{_contestants.__name__}.{module_info.name}")
        except ImportError as error:
            skipped.append(Skipped(module_info.name, str(error)))
        else:
            found.extend(module.CONTESTANTS)
    return found, skipped


def to_json(value: Any) -> str:
    """Serialise as Starlette's `JSONResponse` does."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def comparable(value: Any) -> Any:
    """Sort every list: no contestant is asked for an order."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((comparable(item) for item in value), key=to_json)
    return value


class WrongAnswerError(Exception):
    """A contestant does not answer as the others do."""


def check_answer(
    contestant: Contestant, workload: Workload, answer: Answer, expected: Any
) -> None:
    """Compare an answer with the data that is expected.

    Raises:
        WrongAnswerError: It differs; the message says where first.

    """
    response = json.loads(answer.text)
    if response.get("errors"):
        msg = f"{workload.name}: {response['errors'][0]['message']}"
        raise WrongAnswerError(msg)
    data = comparable(contestant.normalize(workload, response["data"]))
    if difference := first_difference(data, comparable(expected)):
        msg = f"{workload.name}: {difference}"
        raise WrongAnswerError(msg)


def first_difference(value: Any, expected: Any, path: Iterable[Any] = ()) -> str | None:
    """Tell the first place where two answers differ, None if they are equal."""
    where = ".".join(map(str, path)) or "data"
    if isinstance(value, dict) and isinstance(expected, dict):
        if value.keys() != expected.keys():
            return f"{where} has {sorted(value)}, expected {sorted(expected)}"
        pairs: Iterable[tuple[Any, Any, Any]] = (
            (key, value[key], expected[key]) for key in expected
        )
    elif isinstance(value, list) and isinstance(expected, list):
        if len(value) != len(expected):
            return f"{where} has {len(value)} items, expected {len(expected)}"
        pairs = zip(range(len(value)), value, expected, strict=True)
    else:
        return None if value == expected else f"{where} is {value!r}, not {expected!r}"
    for key, item, expected_item in pairs:
        if difference := first_difference(item, expected_item, (*path, key)):
            return difference
    return None


def with_string_ids(value: Any) -> Any:
    """Turn integer ids into the strings that GraphQL's `ID` gives."""
    if isinstance(value, dict):
        return {
            key: str(item) if key == "id" else with_string_ids(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [with_string_ids(item) for item in value]
    return value
