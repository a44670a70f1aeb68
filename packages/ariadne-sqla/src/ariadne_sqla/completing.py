"""Completes one object, with those that are asked for the same.

Under an event loop in the batch that its siblings end up in; without one at once, for
all that are known to be its siblings.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.orm import Mapper

from sqla_loaders import (
    LoaderRegistry,
    NotLoadedError,
    SQLAlchemyDataLoader,
    persistent_state,
    state_of,
)
from sqla_selection import LoadPlan
from sqla_selection.arguments import Windows

from .request import Request, fields_of_path

__all__ = ["completed", "load_by_own_class", "when_complete"]


def when_complete(
    obj: Any, plan: LoadPlan, request: Request, go: Callable[[], Any]
) -> Any:
    """Return what *go* gives when *obj* has all of *plan*.

    Under an event loop it waits for the batch that its siblings are in. Without one it
    is completed at once, with all objects that are asked for the same.
    """
    registry = request.registry
    assert registry is not None
    if request.is_async:
        return request.when_policies_are_known(
            lambda: completed(obj, plan, registry, go, request.windows)
        )
    _complete_siblings(obj, plan, request, registry)
    return go()


async def completed(
    obj: Any,
    plan: LoadPlan,
    registry: LoaderRegistry,
    go: Callable[[], Any],
    windows: Windows | None = None,
) -> Any:
    """Return what *go* gives when the batch of *obj* has run, see `when_complete`."""
    await registry.complete_soon(obj, plan, windows)
    try:
        value = go()
    except NotLoadedError:
        # A sibling has written meanwhile, and the loaders forgot what they knew.
        await registry.complete_soon(obj, plan, windows)
        value = go()
    return await value if isinstance(value, Awaitable) else value


def _complete_siblings(
    obj: Any, plan: LoadPlan, request: Request, registry: LoaderRegistry
) -> None:
    names = [str(edge.relationship) for edge in plan.edges]
    cause = request.cause(
        "fallback",
        "The object was not prepared, and nothing else asks for the same now.",
        relationship=", ".join(names) or None,
    )
    siblings = siblings_of(obj, request, plan.mapper)
    registry.complete(siblings, plan, cause, request.windows)


def siblings_of(obj: Any, request: Request, mapper: Mapper[Any]) -> list[Any]:
    """Return *obj*, and the objects of its kind that are asked for the same.

    Those are rows of *mapper*, which has what is asked. Other rows of the hierarchy
    may stand beside them, and lack it or have something else of its name.
    """
    path = fields_of_path(request.info.path.prev)
    siblings = request.execution.siblings_of(obj, path)
    state = state_of(obj)
    if state is None:
        return [sibling for sibling in siblings if state_of(sibling) is None]
    return [sibling for sibling in siblings if isinstance(sibling, mapper.class_)]


def load_by_own_class(obj: Any, request: Request, loader: SQLAlchemyDataLoader) -> Any:
    """Load by a loader class of the application's own, which is given keys."""
    keys = loader.query.key_attributes
    state = persistent_state(obj)
    plan = None
    if state is not None and not state.dict.keys() >= {*keys}:
        plan = LoadPlan(state.mapper, frozenset(keys))

    def load() -> Any:
        if request.is_async:
            return loader.load(loader.key_of(obj))
        key = loader.key_of(obj)
        known = request.execution.results_of(loader)
        if key not in known:
            siblings = siblings_of(obj, request, loader.relation_prop.parent)
            wanted = dict.fromkeys(map(loader.key_of, siblings))
            known.update(zip(wanted, loader.load_at_once(list(wanted)), strict=True))
        return known[key]

    return load() if plan is None else when_complete(obj, plan, request, load)
