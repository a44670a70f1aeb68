"""The database's text in the response, unparsed: a handler for ASGI, and one for WSGI.

What is executed has an object in the place of the text. Where the response is written,
that is a marker first, random and new in each process, and then the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http import HTTPStatus
from secrets import token_hex
from typing import Any

from ariadne.asgi.handlers import GraphQLHTTPHandler
from ariadne.constants import CONTENT_TYPE_JSON, HttpStatusResponse
from ariadne.types import GraphQLResult
from ariadne.wsgi import GraphQL
from starlette.requests import Request
from starlette.responses import Response

from sqla_json import JsonAnswer

__all__ = [
    "SQLAlchemyHTTPHandler",
    "SQLAlchemyWSGI",
    "is_spliced",
    "response_text",
    "splicing",
]

_MARKER = f"ariadne-sqla-{token_hex(16)}"

_is_spliced: ContextVar[bool] = ContextVar("ariadne_sqla_splicing", default=False)

is_spliced = _is_spliced.get
"""Returns whether text may stand in the response, as `response_text` writes it."""


@contextmanager
def splicing() -> Iterator[None]:
    """Let what is executed in this block have text that `response_text` splices in."""
    token = _is_spliced.set(True)
    try:
        yield
    finally:
        _is_spliced.reset(token)


def response_text(response: Any) -> str:
    """Return a response of Ariadne's as JSON, with what the database wrote as it is.

    Args:
        response: What `ariadne.graphql` gave, executed under `splicing`.
    """
    texts: list[str] = []

    def default(value: Any) -> Any:
        if isinstance(value, JsonAnswer):
            texts.append(value.text)
            return _MARKER
        msg = f"Object of type {type(value).__name__} is not JSON serializable"
        raise TypeError(msg)

    text = json.dumps(
        response, default=default, ensure_ascii=False, separators=(",", ":")
    )
    parts = text.split(f'"{_MARKER}"') if texts else [text]
    assert len(parts) == len(texts) + 1
    spliced = [parts[0]]
    for found, part in zip(texts, parts[1:], strict=True):
        spliced += (found, part)
    return "".join(spliced)


class SQLAlchemyHTTPHandler(GraphQLHTTPHandler):
    """Writes what the database wrote into the response, without parsing it.

    ```python
    app = GraphQL(
        schema,
        execution_context_class=SQLAlchemyExecutionContext,
        http_handler=SQLAlchemyHTTPHandler(extensions=[…]),
    )
    ```

    The JSON is the same, save for white space, and for the ways that a character or a
    number may be written.
    """

    async def graphql_http_server(self, request: Request) -> Response:
        """Answer a request."""
        with splicing():
            return await super().graphql_http_server(request)

    async def create_json_response(
        self, request: Request, result: dict[str, Any], success: bool
    ) -> Response:
        """Return the response."""
        is_answer = success or result.get("data") is not None
        return Response(
            response_text(result),
            HTTPStatus.OK if is_answer else HTTPStatus.BAD_REQUEST,
            media_type="application/json",
        )


class SQLAlchemyWSGI(GraphQL):
    """The same under WSGI, in the place of `ariadne.wsgi.GraphQL`."""

    def execute_query(self, environ: dict[str, Any], data: Any) -> GraphQLResult:
        """Execute the operation."""
        with splicing():
            return super().execute_query(environ, data)

    def return_response_from_result(
        self, start_response: Any, result: GraphQLResult
    ) -> list[bytes]:
        """Return the response."""
        success, response = result
        is_answer = success or response.get("data") is not None
        status = HttpStatusResponse.OK if is_answer else HttpStatusResponse.BAD_REQUEST
        start_response(status.value, [("Content-Type", CONTENT_TYPE_JSON)])
        return [response_text(response).encode()]
