"""What a request may ask of the playground itself, beside its query.

    {"query": "…", "extensions": {"sqla": {"route": "lazy", "explain": true}}}

With `extensions.sqla`, even an empty one, the response tells what the query did. An
application of one's own would not let its clients choose.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from ariadne.exceptions import HttpBadRequestError
from ariadne.types import ExtensionList

from ariadne_sqla import (
    Route,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyDebugExtension,
)

from .policies import Viewer, read_viewer

Way = Literal["eager", "fallback", "lazy", "closures", "json"]
"""A route of the library's, or a faster way to execute what is planned ahead."""


@dataclass(frozen=True)
class Switches:
    """What a request may choose.

    Args:
        route: The way in which it is answered.
        viewer: Who asks, as `read_viewer` takes it. Nobody: there are no policies.
        debug: Whether the response tells what the query did, which costs time.
        strict: An option of `SQLAlchemyDebugExtension`, as are the two after it.
    """

    route: Way = "eager"
    viewer: str | None = None
    debug: bool = True
    strict: bool = False
    explain: bool | Literal["analyze"] = False
    parameters: bool = True

    @property
    def planned_route(self) -> Route:
        """The library's route, on which the faster ways are ways to execute."""
        if self.route == "closures":
            return "objects"  # where the database could write the JSON, too
        return "eager" if self.route == "json" else self.route


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
    for name, value in values.items():
        if name not in known:
            msg = f"There is no switch {name!r}; there are {', '.join(sorted(known))}."
            raise HttpBadRequestError(msg)
        _check(name, value)
    return Switches(**values)


def _check(name: str, value: Any) -> None:
    ways = get_args(Way)
    if name == "route":
        if value not in ways:
            msg = f"There is no route {value!r}; there are {', '.join(ways)}."
            raise HttpBadRequestError(msg)
    elif name == "viewer":
        try:
            if value is not None:
                read_viewer(value)
        except (TypeError, ValueError):
            msg = f"There is no viewer {value!r}; there are anonymous, admin and "
            msg += "users by their number, as user:7."
            raise HttpBadRequestError(msg) from None
    elif not isinstance(value, bool) and (name, value) != ("explain", "analyze"):
        msg = f"The switch {name!r} must be true or false, got {value!r}."
        raise HttpBadRequestError(msg)


def viewer_of(switches: Switches | None) -> Viewer | None:
    """Return who asks, `None` where nobody asked for policies."""
    if switches is None or switches.viewer is None:
        return None
    return read_viewer(switches.viewer)


def extensions_of(_request: Any, context: Any) -> ExtensionList:
    """Return the extensions for one request, by the switches in its context."""
    switches: Switches | None = context["switches"]
    if switches is None or not switches.debug:
        return [SQLAlchemyDataLoaderExtension]
    return [
        SQLAlchemyDataLoaderExtension,
        SQLAlchemyDebugExtension(
            parameters=switches.parameters,
            explain=switches.explain,
            strict=switches.strict,
            route=switches.planned_route,
        ),
    ]
