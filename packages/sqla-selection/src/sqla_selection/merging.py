"""One plan for what several ask of the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Mapper

from .asked_connections import AskedConnection
from .load_plan import Edge, FieldPlan, LoadPlan, RelationshipPlan

__all__ = ["merge", "merge_edges"]


def merge(*plans: LoadPlan) -> LoadPlan:
    """Return a plan that loads what each of *plans*, of the same mapper, loads."""
    first, *others = distinct = list(dict.fromkeys(plans))
    if not others:
        return first
    edges: dict[Edge, list[RelationshipPlan]] = {}
    subclasses: dict[Mapper[Any], list[LoadPlan]] = {}
    for plan in distinct:
        for below in plan.edges:
            edges.setdefault(below.edge, []).append(below)
        for subclass in plan.subclasses:
            subclasses.setdefault(subclass.mapper, []).append(subclass)
    return LoadPlan(
        first.mapper,
        frozenset().union(*(plan.attributes for plan in distinct)),
        tuple(merge_edges(parts) for parts in edges.values()),
        tuple(merge(*parts) for parts in subclasses.values()),
        tuple(dict.fromkeys(name for plan in distinct for name in plan.type_names)),
        first.base,
        ("merged", frozenset(plan.key for plan in distinct)),
        first.max_levels,
        _Merged(distinct),
    )


def merge_edges(parts: list[RelationshipPlan]) -> RelationshipPlan:
    """Return the plan of one relationship whose rows are for all of *parts*."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    return RelationshipPlan(
        first.relationship,
        _MergedTargets(parts),
        next((part.strategy for part in parts if part.strategy is not None), None),
        tuple(dict.fromkeys(name for part in parts for name in part.fields)),
        first.window,
        first.chosen_by,
        _merged_connection(parts),
        first.is_guarded,
    )


def _merged_connection(parts: list[RelationshipPlan]) -> AskedConnection | None:
    merged: AskedConnection | None = None
    for part in parts:
        if part.connection is not None:
            merged = part.connection.merged(merged)
    return merged


@dataclass(frozen=True, slots=True)
class _Merged:
    """The source of a plan that several were merged to."""

    plans: list[LoadPlan]

    def plan(self) -> LoadPlan:
        return merge(*self.plans)

    def fields(self) -> Mapping[str, tuple[FieldPlan, ...]]:
        merged: dict[str, tuple[FieldPlan, ...]] = {}
        for plan in self.plans:
            for type_name, fields in plan.fields.items():
                merged[type_name] = merged.get(type_name, ()) + fields
        return merged

    def tells_classes_apart(self) -> bool:
        return any(plan.subclasses for plan in self.plans)


@dataclass(frozen=True, slots=True)
class _MergedTargets:
    """The source of the target of edges that were merged."""

    edges: list[RelationshipPlan]

    def plan(self) -> LoadPlan:
        return merge(*(edge.target for edge in self.edges))

    def fields(self) -> Mapping[str, tuple[FieldPlan, ...]]:
        return self.plan().fields

    def tells_classes_apart(self) -> bool:
        return any(edge.tells_classes_apart for edge in self.edges)
