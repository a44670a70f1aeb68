"""A load plan as a tree of JSON: what was needed, and how it was loaded.

How is told by what ran: a plan knows what may be joined, the recorded batches tell what
was not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqla_selection import LoadPlan, QueryTooLargeError, RelationshipPlan
from sqla_selection.carriers import carrier_of

__all__ = ["PlanTree"]


class PlanTree:
    """Makes the tree of one field.

    Args:
        batched: The relationships that batches loaded for the field, as `Post.tags`.
        is_json: Whether one statement wrote all of it as JSON.
    """

    def __init__(self, batched: Collection[str], *, is_json: bool = False) -> None:
        self._batched = batched
        self._is_json = is_json
        self._shown: dict[LoadPlan, str] = {}
        """The levels that are in the tree already, and where."""

    def of_statement(self, plan: LoadPlan) -> dict[str, Any]:
        """Return the tree of rows that a statement of this library's selected."""
        why = "The rows of the statement."
        return self._level(plan, (), None, "root", why, is_given=False)

    def of_statements(
        self, plans: Sequence[LoadPlan], type_name: str
    ) -> dict[str, Any]:
        """Return the tree of rows that a statement for each type selected."""
        if len(plans) == 1:
            return self.of_statement(plans[0])
        trees = [self.of_statement(plan) for plan in plans]
        why = "A statement for each type."
        return _node("", type_name, type_name, None, "root", why, (), trees)

    def of_batch(self, plan: LoadPlan, attribute: str, why: str) -> dict[str, Any]:
        """Return the tree of rows that a batch selected for the relationship."""
        path = (attribute.partition(".")[2],)
        return self._level(plan, path, attribute, "batch", why, is_given=False)

    def of_result(
        self,
        plans: Sequence[tuple[tuple[str, ...], LoadPlan]],
        type_name: str,
        *,
        is_own: bool,
    ) -> dict[str, Any]:
        """Return the tree of objects that a field gave, and no plan prepared.

        Args:
            plans: What is asked of them, by the response keys that lead to them.
            type_name: The type of the field.
            is_own: Whether a resolver of the application's own gave them.
        """
        how, why = "root", "The rows of the statement."
        if is_own:
            how, why = "resolver", "What the field's own resolver gave."
        trees = [
            self._level(plan, path, None, how, why, is_given=True)
            for path, plan in plans
        ]
        if len(plans) == 1 and not plans[0][0]:
            return trees[0]
        return _node("", type_name, type_name, None, how, why, (), trees)

    def _level(
        self,
        plan: LoadPlan,
        path: tuple[str, ...],
        attribute: str | None,
        how: str,
        why: str,
        *,
        is_given: bool,
    ) -> dict[str, Any]:
        """Return the tree of *plan*; of a level that is in it already, where it is."""
        field = path[-1] if path else ""
        names, model = ", ".join(plan.type_names), plan.mapper.class_.__name__
        known = self._shown.get(plan)
        if known is not None:
            return _node(field, names, model, attribute, how, why, (), (), known)
        if plan.edges or plan.subclasses:
            self._shown[plan] = ".".join(path) or model
        below = [self._edge(plan, edge, path, is_given=is_given) for edge in plan.edges]
        below += [self._subclass(subclass, path) for subclass in plan.subclasses]
        return _node(
            field, names, model, attribute, how, why, sorted(plan.attributes), below
        )

    def _edge(
        self,
        plan: LoadPlan,
        edge: RelationshipPlan,
        path: tuple[str, ...],
        *,
        is_given: bool,
    ) -> dict[str, Any]:
        attribute = str(edge.relationship)
        path = (*path, ", ".join(edge.fields) or edge.key)
        how = "batch"
        try:
            how, why = self._carried(plan, edge, attribute, is_given=is_given)
            target = edge.target
        except QueryTooLargeError as error:  # nobody has gone so far
            model = edge.relationship.mapper.class_.__name__
            return _node(path[-1], "", model, attribute, how, str(error), (), ())
        is_given = how == "given"
        return self._level(target, path, attribute, how, why, is_given=is_given)

    def _carried(
        self, plan: LoadPlan, edge: RelationshipPlan, attribute: str, *, is_given: bool
    ) -> tuple[str, str]:
        """Return how the relationship was loaded, and why so."""
        if self._is_json:
            return "json", "Written into the JSON of its owner, by the same statement."
        technique, why = carrier_of(plan, edge)
        if attribute in self._batched:
            if technique in ("joinedload", "entity") and not is_given:
                return "batch", "The statement of its owner could not be joined to it."
            return "batch", "One statement for all owners." if is_given else why
        if is_given:
            return "given", "The objects had it already."
        if technique == "strategy":
            return getattr(edge.strategy, "__name__", technique), why
        return "batch" if technique == "selectinload" else technique, why

    def _subclass(self, plan: LoadPlan, path: tuple[str, ...]) -> dict[str, Any]:
        path = (*path, f"... on {', '.join(plan.type_names)}")
        why = "Columns of a subclass: one SELECT for its rows that lack some."
        return self._level(plan, path, None, "batch", why, is_given=False)


def _node(
    field: str,
    type_names: str,
    model: str,
    attribute: str | None,
    how: str,
    why: str,
    columns: Sequence[str],
    children: Sequence[dict[str, Any]],
    same_as: str | None = None,
) -> dict[str, Any]:
    return {
        "field": field,
        "type": type_names,
        "model": model,
        "attribute": attribute,
        "how": how,
        "why": why,
        "columns": list(columns),
        "same_as": same_as,
        "children": list(children),
    }
