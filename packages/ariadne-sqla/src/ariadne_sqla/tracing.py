"""OpenTelemetry spans for root fields and batches.

Needs opentelemetry-api: `pip install "ariadne-sqla[opentelemetry]"`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Token
from copy import copy
from typing import Any

from ariadne.types import Extension
from opentelemetry.trace import Tracer, get_tracer

from sqla_loaders import Cause, observer_of_work

from .__about__ import __version__

__all__ = ["SQLAlchemyTracingExtension"]


class SQLAlchemyTracingExtension(Extension):
    """Makes a span for each root field that is planned ahead, and for each batch.

    A span is named `sqla.eager Query.users` or `sqla.fallback Post.author`, and has
    the attributes `graphql.field.path`, `sqla.route` and `sqla.relationship`. It covers
    the statements and the work of the ORM; the spans of an instrumented engine are its
    children. It costs nothing per field.

    Args:
        tracer: The tracer to use, by default that of the global provider.
    """

    resolve = None  # type: ignore[assignment]  # no middleware around every field

    def __init__(self, *, tracer: Tracer | None = None) -> None:
        self._tracer = tracer or get_tracer("ariadne_sqla", __version__)
        self._token: Token[Any] | None = None

    def __call__(self) -> SQLAlchemyTracingExtension:
        """Return the extension for one request."""
        return copy(self)

    def request_started(self, context: Any) -> None:
        """Observe the work of this request."""
        self._token = observer_of_work.set(self._span)

    def request_finished(self, context: Any) -> None:
        """Observe it no longer."""
        if self._token is not None:
            observer_of_work.reset(self._token)

    @contextmanager
    def _span(self, cause: Cause) -> Iterator[None]:
        what = cause.field or cause.relationship or ""
        attributes = {
            "graphql.field.path": ".".join(map(str, cause.path)),
            "sqla.route": cause.route,
            "sqla.relationship": cause.relationship or "",
        }
        name = f"sqla.{cause.route} {what}".strip()
        with self._tracer.start_as_current_span(name, attributes=attributes):
            yield
