"""How long an answer took, in the `Server-Timing` header of its response.

    Server-Timing: total;dur=12.41, db;dur=3.07;desc="2 statements"

Browsers show it among their developer's tools, and Compare reads it: it costs nothing
for each field, as debugging does.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, event
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass
class Timing:
    """What one request took of the database."""

    statements: int = 0
    seconds: float = 0.0


_timing: ContextVar[Timing | None] = ContextVar("playground_timing", default=None)


def time_statements(engine: Engine) -> None:
    """Count what *engine* runs for requests, until the driver answers."""

    @event.listens_for(engine, "before_cursor_execute")
    def start(*arguments: Any) -> None:
        arguments[4].playground_started = perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def stop(*arguments: Any) -> None:
        timing = _timing.get()
        if timing is not None:
            timing.statements += 1
            timing.seconds += perf_counter() - arguments[4].playground_started


class ServerTiming:
    """Middleware that puts the header into each response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, timing = perf_counter(), Timing()

        async def send_timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                total, database = perf_counter() - started, timing.seconds
                MutableHeaders(scope=message)["server-timing"] = (
                    f"total;dur={total * 1000:.3f}, db;dur={database * 1000:.3f}"
                    f';desc="{timing.statements} statements"'
                )
            await send(message)

        token = _timing.set(timing)
        try:
            await self.app(scope, receive, send_timed)
        finally:
            _timing.reset(token)
