"""The executor that completes what attributes have by functions, see `closures`."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from graphql import (
    GraphQLNonNull,
    MiddlewareManager,
    default_field_resolver,
    get_named_type,
)

from sqla_selection import FragmentCycleError, TypeRegistry
from sqla_selection.made_ahead import made_ahead

from ._compat import BaseExecutionContext, Nodes, deferred_by, grouped_fields
from .closures import ObjectClosures, ValueClosures, closures_of
from .columns import Completion, Unfit
from .finished import Finished, TakingInfo
from .incremental import is_incremental
from .leading import leads_to_bound

__all__ = ["SQLAlchemyExecutionContext"]


class SQLAlchemyExecutionContext(BaseExecutionContext):
    """Answers without graphql-core's work for each field of each object.

    One option of Ariadne's turns it on, under ASGI, WSGI, `graphql` and `graphql_sync`:

    ```python
    app = GraphQL(schema, execution_context_class=SQLAlchemyExecutionContext)
    ```

    Data and errors are the same as without it. Objects whose fields read mapped
    attributes that are loaded are completed by functions, which are made once for a
    selection. Everything else takes the usual way, at its place: resolvers of the
    application's own and what Python computes; null where the schema says non-null, and
    values that a scalar does not take, with their errors; what is not loaded.

    Where middleware, or an extension with `resolve`, sees every field, all of it takes
    the usual way.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reads_itself = self.field_resolver is default_field_resolver
        self._is_on = reads_itself and not _wraps_resolvers(self.middleware_manager)
        self._takes_finished = self._is_on or (
            reads_itself
            and not _wraps_resolvers(_without_watchers(self.middleware_manager))
        )
        # By the ids of lists of nodes, which are kept with the value.
        self._closures: dict[int, tuple[Nodes, ValueClosures | None]] = {}
        self._completions: dict[tuple[int, Any], tuple[Nodes, Completion]] = {}
        self._fields: dict[int, _Field] = {}
        self._noted: set[tuple[int, str]] = set()

    def build_resolve_info(
        self, field_def: Any, field_nodes: Any, parent_type: Any, path: Any
    ) -> Any:
        """Return the `info` of a field; root fields are told who executes them."""
        info = super().build_resolve_info(field_def, field_nodes, parent_type, path)
        if path.prev is None and self._takes_finished:
            return TakingInfo(*info)
        return info

    def complete_list_value(
        self,
        return_type: Any,
        nodes: Nodes,
        info: Any,
        path: Any,
        result: Any,
        *more: Any,
    ) -> Any:
        """Complete a list: all its objects at once, if they are fit for that."""
        if type(result) is Finished:
            return result.value
        if self._is_on:
            closures = self._closures_of(nodes, info)
            if closures is not None:
                complete = self._completion_of(closures, return_type, nodes)
                with suppress(Unfit):
                    return complete([result], info)[0]
        return super().complete_list_value(
            return_type, nodes, info, path, result, *more
        )

    def complete_abstract_value(
        self,
        return_type: Any,
        nodes: Nodes,
        info: Any,
        path: Any,
        result: Any,
        *more: Any,
    ) -> Any:
        """Complete a value of an interface or a union."""
        if type(result) is Finished:
            return result.value
        return super().complete_abstract_value(
            return_type, nodes, info, path, result, *more
        )

    def complete_object_value(
        self,
        return_type: Any,
        nodes: Nodes,
        info: Any,
        path: Any,
        result: Any,
        *more: Any,
    ) -> Any:
        """Complete one object, or note which of its fields need no execution."""
        if type(result) is Finished:
            return result.value
        if self._is_on:
            closures = self._closures_of(nodes, info)
            if closures is not None:
                objects = closures.of_objects(return_type.name)
                if not objects.left:
                    with suppress(Unfit):
                        return objects([result], {type(result)}, info)[0]
                self._note_fields(objects, return_type, nodes, info)
        return super().complete_object_value(
            return_type, nodes, info, path, result, *more
        )

    def execute_field(
        self, parent_type: Any, source: Any, nodes: Nodes, path: Any, *more: Any
    ) -> Any:
        """Execute a field, unless it is known what that gives."""
        field = self._fields.get(id(nodes))
        if field is not None and field.response_key not in field.objects.left:
            with suppress(Unfit):
                return field.objects.value(field.response_key, source, field.info)
        return super().execute_field(parent_type, source, nodes, path, *more)

    def _closures_of(self, nodes: Nodes, info: Any) -> ValueClosures | None:
        """Return what completes the values of a field, `None` if nothing does."""
        known = self._closures.get(id(nodes))
        if known is None:
            known = self._closures[id(nodes)] = nodes, self._made(nodes, info)
        return known[1]

    def _made(self, nodes: Nodes, info: Any) -> ValueClosures | None:
        schema = self.schema
        if not leads_to_bound(schema, get_named_type(info.return_type)):
            return None
        if deferred_by(nodes) or is_incremental(info):
            return None
        types = TypeRegistry.of(schema)
        try:
            return made_ahead(info, types, "closures", partial(closures_of, schema))
        except FragmentCycleError:
            return None

    def _completion_of(
        self, closures: ValueClosures, return_type: Any, nodes: Nodes
    ) -> Completion:
        key = (id(nodes), return_type)
        known = self._completions.get(key)
        if known is None:
            completion = closures.of_type(GraphQLNonNull(return_type))
            known = self._completions[key] = nodes, completion
        return known[1]

    def _note_fields(
        self, objects: ObjectClosures, type_: Any, nodes: Nodes, info: Any
    ) -> None:
        """Note what is known of the fields of objects that graphql-core executes."""
        key = (id(nodes), type_.name)
        if key in self._noted:
            return
        self._noted.add(key)
        collected = grouped_fields(self.collect_subfields(type_, nodes))
        for response_key, own in collected.items():
            if response_key in objects.fields:
                self._fields[id(own)] = _Field(own, objects, response_key, info)
            if not deferred_by(own):
                self._closures[id(own)] = own, objects.below(response_key)


class _Field(NamedTuple):
    """A field of objects that graphql-core executes."""

    nodes: Nodes
    """Kept, as it is found by their id."""
    objects: ObjectClosures
    response_key: str
    info: Any
    """Of the field that gave the objects."""


_PROBE: Any = object()


def _wraps_resolvers(manager: MiddlewareManager | None) -> bool:
    """Tell whether a middleware may see or change what resolvers give."""
    if manager is None:
        return False
    return (
        type(manager) is not MiddlewareManager
        or manager.get_field_resolver(_PROBE) is not _PROBE
    )


def _without_watchers(manager: MiddlewareManager | None) -> MiddlewareManager | None:
    """Return *manager* without what sees fields, but need not: debugging."""
    if type(manager) is not MiddlewareManager:
        return manager
    return MiddlewareManager(
        *(one for one in manager.middlewares if not getattr(one, "only_watches", False))
    )
