"""One row by its key, if the viewer may see it: for resolvers of the application's."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, Literal, TypeVar, overload

from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, Session

from sqla_loaders import AnySession, result_of
from sqla_selection.arguments import ArgumentError
from sqla_selection.coercion import UnfitValueError, as_sent
from sqla_selection.keys import key_attributes
from sqla_selection.visibility import hides_all

from .bound import bound_to
from .client_values import ClientValues
from .errors import GlobalIdError, NotFoundError
from .global_ids import from_global_id
from .node_ids import key_value
from .request import Request, then

__all__ = ["get_visible"]

_T = TypeVar("_T")


@overload
def get_visible(
    session: Session,
    model: type[_T],
    id: Any,
    info: Any,
    *,
    required: Literal[False] = False,
    name: str = "id",
) -> _T | None: ...
@overload
def get_visible(
    session: Session,
    model: type[_T],
    id: Any,
    info: Any,
    *,
    required: Literal[True],
    name: str = "id",
) -> _T: ...
@overload
def get_visible(
    session: AsyncSession,
    model: type[_T],
    id: Any,
    info: Any,
    *,
    required: Literal[False] = False,
    name: str = "id",
) -> Awaitable[_T | None]: ...
@overload
def get_visible(
    session: AsyncSession,
    model: type[_T],
    id: Any,
    info: Any,
    *,
    required: Literal[True],
    name: str = "id",
) -> Awaitable[_T]: ...
def get_visible(
    session: AnySession,
    model: type[Any],
    id: Any,
    info: Any,
    *,
    required: bool = False,
    name: str = "id",
) -> Any:
    """Return the row of *model* with that key, if the viewer may see it, else `None`.

    One statement, whatever the session has loaded: the policy is asked of the row as
    it is now. No statement where the key is `None`, or the policy shows no row.

        post = get_visible(session, Post, id, info, required=True)
        post = await get_visible(async_session, Post, id, info)

    An awaitable on an `AsyncSession`, and where a policy that is a coroutine has to be
    awaited first.

    Args:
        session: Where the row is to be. Its transaction goes on.
        model: The mapped class.
        id: The primary key as a client sent it, or a global id; for a key of several
            columns a global id, or a sequence of its parts.
        info: Of the field.
        required: Whether a row that is not there is an error.
        name: The argument that the id is of, for the error.

    Raises:
        ArgumentError: The id can be none of the model.
        NotFoundError: There is no such row, or it is not to be seen, which are not told
            apart; where it is *required*.
        PolicyError: The policy says nothing.
        ClosedRegistryError: The request is over.
    """
    request = Request(info)
    mapper: Mapper[Any] = inspect(model)
    names = key_attributes(mapper)
    values = ClientValues(mapper, info, session)
    key = _key_of(id, mapper, names, values, info, name)

    def work(sync: Session) -> Any:
        visible = request.visible(model)
        if None in key or hides_all(visible):
            return None
        stmt = select(model).where(
            *(
                getattr(model, name) == part
                for name, part in zip(names, key, strict=True)
            )
        )
        if visible is not None:
            stmt = stmt.where(visible)
        return result_of(sync, stmt).unique().scalar_one_or_none()

    def found(row: Any) -> Any:
        if row is None and required:
            msg = f"There is no {model.__name__} with the id {as_sent(id)}."
            raise NotFoundError(msg)
        if row is not None and request.visibility is not None:
            assert request.registry is not None  # it has the visibility
            request.registry.verdicts.allow([row])
        return row

    cause = request.cause(request.route, _WHY)
    return request.when_policies_are_known(
        lambda: then(request.run(session, work, cause), found)
    )


_WHY = "The field's resolver asks for the row of a key."


def _key_of(
    id: Any,
    mapper: Mapper[Any],
    names: tuple[str, ...],
    values: ClientValues,
    info: Any,
    argument: str,
) -> tuple[Any, ...]:
    """Return the key of a row, each part as its column holds it.

    Raises:
        ArgumentError: *id* can be none of the model.
    """
    if len(names) == 1:
        return (values.of(names[0], id, (argument,)),)
    if id is None:
        return (None,)
    parts = id
    if isinstance(id, str):
        parts = _parts_of_global_id(id, mapper, info, argument)
    if not isinstance(parts, Sequence) or len(parts) != len(names):
        why = f"is {as_sent(id)}, which is no key of {len(names)} parts."
        raise ArgumentError((argument,), why)
    return tuple(
        values.of(name, part, (argument, place))
        for place, (name, part) in enumerate(zip(names, parts, strict=True))
    )


def _parts_of_global_id(
    id: str, mapper: Mapper[Any], info: Any, argument: str
) -> list[Any]:
    try:
        type_name, parts = from_global_id(id)
        bound = bound_to(info.schema).types.get(type_name)
        if bound is None or not bound.config.mapper.isa(mapper):
            msg = f"an id of {mapper.class_.__name__}"
            raise UnfitValueError(msg)
        return [
            key_value(part, column.type)
            for part, column in zip(parts, mapper.primary_key, strict=False)
        ]
    except (GlobalIdError, UnfitValueError) as error:
        reason = "a global id" if isinstance(error, GlobalIdError) else str(error)
        why = f"is {as_sent(id)}, which is not {reason}."
        raise ArgumentError((argument,), why) from error
