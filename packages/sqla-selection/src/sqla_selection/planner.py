"""Decides what a selection needs: `plan(selection, …)` gives the `LoadPlan`.

A level is decided by what all fields that lead to it ask together, whatever their
response keys; the levels below it when somebody goes there. What asks the same of the
same mapper is decided once. How it is loaded is decided elsewhere, see `carriers`.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from sqlalchemy.orm import Mapper

from .asked import Asked, AskedField
from .attributes import whole
from .cache import Weight
from .config import DepthLimit, TypeConfig
from .depth import check_depth
from .level_planner import LevelPlanner
from .levels import Demand
from .load_plan import LoadPlan
from .needs import Needs
from .reading import chosen_by, reading_of, reading_of_field
from .selection import Selection
from .type_registry import TypeRegistry

__all__ = ["plan", "plan_asked", "plan_field", "plan_field_key", "plan_key"]


def plan(
    selection: Selection,
    mapper: Mapper[Any],
    types: TypeRegistry,
    *,
    limit: DepthLimit | None = None,
) -> LoadPlan:
    """Return what *selection* needs of rows of *mapper*.

    Args:
        selection: What is asked of each row.
        mapper: What the rows are selected from. A concrete GraphQL type whose model is
            a subclass of it is planned for rows of that subclass; one whose model is
            unrelated contributes nothing.
        types: The configurations. A GraphQL type without one is read by names alone.
        limit: The depth allowed from here on, counting this level as 1. `None` is no
            limit, of the types below neither.

    Raises:
        DepthLimitError: The selection nests deeper than *limit*, or than the
            `max_depth` of a type that it passes.
    """
    return plan_asked(selection.asked, mapper, types, limit=limit)


def plan_asked(
    asked: Asked,
    mapper: Mapper[Any],
    types: TypeRegistry,
    *,
    limit: DepthLimit | None = None,
) -> LoadPlan:
    """Return the same for what is asked as a value."""
    if limit is not None:
        check_depth(asked, types, mapper=mapper, limit=limit)
    key = plan_key(asked, mapper, types)
    decided: LoadPlan | None = types.plans.get(key)
    if decided is None:
        planner = LevelPlanner(types, Weight(asked.size))
        decided = planner.level(mapper, (Demand(asked),))
        types.plans.put(key, decided, planner.weight)
    return decided


def plan_key(asked: Asked, mapper: Mapper[Any], types: TypeRegistry) -> Hashable:
    """Return what the plan of *asked* is kept under in `TypeRegistry.plans`."""
    return asked.key, mapper, types.edition


def plan_field(
    config: TypeConfig,
    asked: AskedField,
    types: TypeRegistry,
    reads: str | None = None,
) -> LoadPlan:
    """Return what one field needs of its object, and below.

    For an object that was not prepared: no depth limit applies, as the levels above it
    are not known.

    Args:
        config: The configuration of the field's type, with the object's class.
        asked: The field, and what is asked below it.
        types: The configurations.
        reads: The path that is read, whatever the field's resolver and hint say: it
            may be wrapped by another resolver.
    """
    key = plan_field_key(config, asked, types, reads)
    decided: LoadPlan | None = types.plans.get(key)
    if decided is None:
        mapper = config.mapper
        size = 0 if asked.below is None else asked.below.size
        planner = LevelPlanner(types, Weight(size))
        decided = planner.level(mapper, _demands_of(mapper, config, asked, reads))
        types.plans.put(key, decided, planner.weight)
    return decided


def plan_field_key(
    config: TypeConfig, asked: AskedField, types: TypeRegistry, reads: str | None
) -> Hashable:
    """Return what `plan_field` keeps its plan under in `TypeRegistry.plans`."""
    below = None if asked.below is None else asked.below.key
    arguments = asked.arguments, asked.connection
    of_field = config.name, config.model, asked.name, reads
    return *of_field, arguments, below, types.edition


def _demands_of(
    mapper: Mapper[Any], config: TypeConfig, asked: AskedField, reads: str | None
) -> tuple[Needs | Demand, ...]:
    """Return the demands of one field alone."""
    if reads is not None:
        needs = reading_of(mapper, reads).needs
    else:
        assert asked.definition is not None  # `__typename` needs no plan
        needs = reading_of_field(mapper, config, asked.name, asked.definition).needs
    if asked.below is None:
        return (whole(mapper, needs),)
    if not needs.target:
        return (needs,)
    strategy = config.strategies.get(asked.name)
    chosen = chosen_by(mapper, config, asked.name, asked.definition, needs.target)
    below = Demand(
        asked.below,
        needs.target,
        "",
        strategy,
        asked.arguments,
        chosen,
        asked.connection,
    )
    return needs.own, below
