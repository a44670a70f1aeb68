"""What a request may ask of the playground itself, beside its query.

    {"query": "…", "extensions": {"sqla": {"route": "lazy", "explain": true}}}

With `extensions.sqla`, even an empty one, the response tells what the query did. An
application of one's own would not let its clients choose.
"""

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from ariadne.asgi.handlers import GraphQLHTTPHandler
from ariadne.exceptions import HttpBadRequestError
from ariadne.types import ExtensionList
from starlette.requests import Request

from ariadne_sqla import SQLAlchemyDataLoaderExtension, SQLAlchemyDebugExtension

Route = Literal["eager", "fallback", "lazy"]


@dataclass(frozen=True)
class Switches:
    """The options of `SQLAlchemyDebugExtension` that a request may choose."""

    route: Route = "eager"
    strict: bool = False
    explain: bool = False
    parameters: bool = True


def read_switches(data: Any) -> Switches | None:
    """Return the switches in the body of a request, None if it has none.

    Raises:
        HttpBadRequestError: They are not what the playground knows.
    """
    extensions = data.get("extensions") if isinstance(data, dict) else None
    values = extensions.get("sqla") if isinstance(extensions, dict) else None
    if values is None:
        return None
    if not isinstance(values, dict):
        msg = "`extensions.sqla` must be an object."
        raise HttpBadRequestError(msg)
    known = {one.name for one in fields(Switches)}
    routes = get_args(Route)
    for name, value in values.items():
        if name not in known:
            msg = f"There is no switch {name!r}; there are {', '.join(sorted(known))}."
            raise HttpBadRequestError(msg)
        if name == "route" and value not in routes:
            msg = f"There is no route {value!r}; there are {', '.join(routes)}."
            raise HttpBadRequestError(msg)
        if name != "route" and not isinstance(value, bool):
            msg = f"The switch {name!r} must be true or false, got {value!r}."
            raise HttpBadRequestError(msg)
    return Switches(**values)


def extensions_of(_request: Any, context: Any) -> ExtensionList:
    """Return the extensions for one request, by the switches in its context."""
    switches: Switches | None = context["switches"]
    if switches is None:
        return [SQLAlchemyDataLoaderExtension]
    return [
        SQLAlchemyDataLoaderExtension,
        SQLAlchemyDebugExtension(**vars(switches)),
    ]


class SwitchesHandler(GraphQLHTTPHandler):
    """Refuses a request whose switches are wrong, as one whose JSON is."""

    async def extract_data_from_request(self, request: Request) -> Any:
        data = await super().extract_data_from_request(request)
        read_switches(data)
        return data
