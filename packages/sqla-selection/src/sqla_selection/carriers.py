"""What carries out each relationship of a plan, where its rows come by a statement.

A plan says what is needed. What of it may be part of the statement of its rows, and
what takes one of its own, is decided here: by the mapping, and by what is asked of the
target. Each edge is decided when somebody asks, and what is decided is kept with the
plan. Only where the target has columns that are subqueries is its level looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeAlias

from sqlalchemy.orm import Mapper

from .given_names import alias_is_ambiguous, secondary_is_ambiguous
from .joins import (
    compares_by_collation,
    compares_types,
    further_tables,
    has_one_row,
    has_open_parameter,
    orders_after_outer_join,
)
from .keys import finds_null, may_have_null_in_key
from .load_plan import LoadPlan, RelationshipPlan
from .mapping import (
    LOADED_BY_MAPPING,
    Loading,
    classes_without,
    correlated,
    has_unjoined_union,
    loading_of,
)
from .room import leads_to_class

__all__ = [
    "Carrier",
    "Technique",
    "carrier_of",
    "is_in_its_rows",
    "is_joined",
    "joins_collections",
    "joins_entities",
    "takes_more_statements",
]

Technique: TypeAlias = Literal[
    "joinedload", "entity", "selectinload", "strategy", "batch"
]


class Carrier(NamedTuple):
    """What carries out a relationship."""

    technique: Technique
    """A loader option (`"strategy"` is the developer's own), an entity beside the owner
    in its rows (see `entity_joins`), or a batch of its own."""
    why: str
    """Why, one sentence."""


def carrier_of(plan: LoadPlan, edge: RelationshipPlan) -> Carrier:
    """Return what carries out *edge*, one of those of *plan*."""
    known: dict[RelationshipPlan, Carrier] = plan.made.setdefault(carrier_of, {})
    carrier = known.get(edge)
    if carrier is None:
        carrier = known[edge] = _decide(plan, edge)
    return carrier


def is_joined(plan: LoadPlan, edge: RelationshipPlan) -> bool:
    """Tell whether the statement for *plan* puts the target of *edge* on its owner."""
    return carrier_of(plan, edge).technique == "joinedload"


def is_in_its_rows(plan: LoadPlan, edge: RelationshipPlan) -> bool:
    """Tell whether the statement for *plan* may have the target of *edge* in its rows.

    On its owner, or as an entity beside it.
    """
    return carrier_of(plan, edge).technique in ("joinedload", "entity")


def takes_more_statements(plan: LoadPlan) -> bool:
    """Tell whether *plan* takes more than loader options on one statement."""
    return bool(plan.subclasses) or _is_so_of_an_edge(
        plan, takes_more_statements, ("entity", "selectinload", "strategy", "batch")
    )


def joins_entities(plan: LoadPlan) -> bool:
    """Tell whether rows of *plan* may have entities beside them."""
    return _is_so_of_an_edge(plan, joins_entities, ("entity",))


def joins_collections(plan: LoadPlan) -> bool:
    """Tell whether loader options of the application's own may multiply rows."""
    return _is_so_of_an_edge(plan, joins_collections, ("strategy",))


def _is_so_of_an_edge(
    plan: LoadPlan,
    predicate: Callable[[LoadPlan], bool],
    techniques: tuple[Technique, ...],
) -> bool:
    """Tell, once for a plan, whether an edge is carried out by one of *techniques*.

    Or whether *predicate* holds for a target that is joined to it.
    """
    known: bool | None = plan.made.get(predicate)
    if known is None:
        known = plan.made[predicate] = any(
            carrier_of(plan, edge).technique in techniques
            or (is_in_its_rows(plan, edge) and predicate(edge.target))
            for edge in plan.edges
        )
    return known


def _decide(plan: LoadPlan, edge: RelationshipPlan) -> Carrier:
    prop = edge.relationship
    carrier = _by_the_mapping(plan, edge)
    if carrier.technique == "selectinload" and compares_types(prop):
        return Carrier(
            "batch",
            "Its join compares two types of columns, which selectinload does not.",
        )
    if carrier.technique == "selectinload" and compares_by_collation(prop):
        return Carrier(
            "batch", "Its join compares by a collation, which selectinload does not."
        )
    if carrier.technique == "selectinload" and orders_after_outer_join(prop):
        return Carrier(
            "batch", "selectinload outer-joins its owner: SQLite may lose its order."
        )
    if carrier.technique == "selectinload" and may_have_null_in_key(prop.parent):
        return Carrier(
            "batch",
            "Its owner's key may have NULL in a part: selectinload misses that.",
        )
    return carrier


def _by_the_mapping(plan: LoadPlan, edge: RelationshipPlan) -> Carrier:
    if edge.window is not None:
        return Carrier("batch", "Its arguments choose rows, which no option does.")
    if edge.chosen_by is not None:
        return Carrier(
            "batch", "Its strategy leaves rows out: they are no value of the attribute."
        )
    if edge.is_guarded:
        return _of_guarded(plan, edge)
    return _of_attribute(plan, edge)


def _of_guarded(plan: LoadPlan, edge: RelationshipPlan) -> Carrier:
    is_joined_unguarded = _of_attribute(plan, edge).technique == "joinedload"
    if is_joined_unguarded and leads_to_class(edge.relationship):
        return Carrier(
            "entity",
            "A scalar that a policy may hide: joined as an entity beside its owner.",
        )
    return Carrier(
        "batch", "A policy leaves rows out: they are no value of the attribute."
    )


def _of_attribute(plan: LoadPlan, edge: RelationshipPlan) -> Carrier:
    """Return what puts the target of *edge* on its owner's attribute."""
    prop = edge.relationship
    if loading_of(prop) is Loading.NEVER_SET:
        return Carrier(
            "batch", f"It is mapped lazy={prop.lazy!r}, which no loader option fills."
        )
    if plan.base is not None and plan.mapper in plan.base.with_polymorphic_mappers:
        return Carrier(
            "batch", "It belongs to a subclass whose rows the base's own SELECT reads."
        )
    if edge.strategy is not None:
        return Carrier("strategy", "The type's strategies say so.")
    if classes_without(prop):
        return Carrier(
            "batch",
            "Subclasses have something else of that name, which options fill too.",
        )
    if further_tables(prop):
        return Carrier(
            "batch", "Its join names tables that no loader option selects from."
        )
    if has_open_parameter(prop):
        return Carrier(
            "batch", "Its join has a parameter, whose value a hook gives to batches."
        )
    if has_unjoined_union(prop.mapper):
        return Carrier(
            "batch",
            "SQLAlchemy 2.0 gives each owner the rows of all with selectinload.",
        )
    if _loads_for_subclasses(prop.mapper):
        return Carrier(
            "batch",
            "Rows of a subclass are mapped to load what no option switches off there.",
        )
    if finds_null(prop):
        return Carrier(
            "batch", "The target's key may have NULL in a part, which no join finds."
        )
    if (
        alias_is_ambiguous(prop.parent)
        or alias_is_ambiguous(prop.mapper)
        or secondary_is_ambiguous(prop)
    ):
        return Carrier(
            "batch", "A table has the name that SQLAlchemy gives to an alias."
        )
    if prop.uselist:
        return Carrier(
            "selectinload",
            "A collection: one SELECT … IN does not multiply its owner's rows.",
        )
    if plan.base is not None or edge.tells_classes_apart:
        return Carrier(
            "selectinload",
            "A scalar of an inheritance tree: each subclass has its own SELECT.",
        )
    if not has_one_row(prop):
        return Carrier(
            "selectinload",
            "A scalar that may have several rows: joined, it would multiply its "
            "owner's.",
        )
    subqueries = correlated(prop.mapper)
    if subqueries and subqueries & edge.target.loaded:
        return Carrier(
            "selectinload",
            "A scalar whose columns have subqueries: joined, those would correlate "
            "to its owner's table.",
        )
    return Carrier("joinedload", "A scalar: joined into the statement of its owner.")


@lru_cache(maxsize=1024)
def _loads_for_subclasses(mapper: Mapper[Any]) -> bool:
    """Tell whether a SELECT of *mapper* loads relationships of subclasses unasked.

    SQLAlchemy takes no option for those but on the statement that selects the rows.
    """
    return any(
        prop.lazy in LOADED_BY_MAPPING and prop.parent is subclass
        for subclass in mapper.self_and_descendants
        if subclass is not mapper
        and (
            subclass in mapper.with_polymorphic_mappers
            or subclass.polymorphic_load == "selectin"
        )
        for prop in subclass.relationships
    )
