"""The configurations of a schema's types, and what is remembered by them.

Kept on the schema (`GraphQLSchema.extensions` is graphql-core's place for that), so
that one set of configurations may serve two schemas.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from graphql import GraphQLField, GraphQLSchema

from .cache import PlanCache, PlansOfNodes, RootFieldMap
from .config import DEFAULT_LIMIT, MAX_LEVELS, DepthLimit, LoadStrategy, TypeConfig
from .errors import ConfigurationError
from .field_rules import FieldRules
from .field_visibility import FieldVisibility
from .policies import Policies

if TYPE_CHECKING:
    from .arguments.shapes import ArgumentsShape

__all__ = ["TypeRegistry"]

_KEY = "sqla_selection"
_VIEWS = 32
"""Kept of one schema: one for each set of fields that somebody may not see."""


class TypeRegistry(Mapping[str, TypeConfig]):
    """The configurations of one schema's types, by GraphQL type name.

    Args:
        configs: The configurations of the types.
        limit: How many levels a query may nest from a type that does not say it itself.
        max_levels: How many levels one plan may have, whatever their depth.
    """

    def __init__(
        self,
        configs: Iterable[TypeConfig] = (),
        *,
        limit: DepthLimit = DEFAULT_LIMIT,
        max_levels: int = MAX_LEVELS,
    ) -> None:
        self._configs = {config.name: config for config in configs}
        self._limit = limit
        self.max_levels = max_levels
        self._rules: FieldRules | Literal["unknown"] | None = "unknown"
        self._views: OrderedDict[frozenset[tuple[str, str]], TypeRegistry]
        self._views = OrderedDict()
        self.viewing: Callable[[Any], FieldVisibility | None] = lambda info: None
        """Tells which fields are seen in the request of an `info`, `None` for all."""
        self.edition: object = object()
        """Stands for the configurations as they are: another one after each change."""
        self.plans = PlanCache()
        """Plans that were decided with these configurations."""
        self.plans_of_nodes = PlansOfNodes()
        """Their keys by the nodes of a document, as long as that is alive."""
        self.raised_limits = RootFieldMap()
        """The limits that calls gave for root fields of single executions."""

    @staticmethod
    def of(schema: GraphQLSchema) -> TypeRegistry:
        """Return the registry of *schema*, an empty one that is kept if it had none."""
        registry = schema.extensions.get(_KEY)
        if registry is None:
            registry = schema.extensions[_KEY] = TypeRegistry()
        assert isinstance(registry, TypeRegistry)
        return registry

    @staticmethod
    def in_request(info: Any) -> TypeRegistry:
        """Return the registry of the schema as the viewer of *info* sees it.

        In it, fields that are hidden from them read nothing.
        """
        types = TypeRegistry.of(info.schema)
        seen = types.viewing(info)
        return types if seen is None else types.without(seen.hidden)

    def without(self, hidden: frozenset[tuple[str, str]]) -> TypeRegistry:
        """Return a copy that shares the caches; the same for the same fields."""
        if not hidden:
            return self
        view = self._views.get(hidden)
        if view is None:
            view = TypeRegistry(
                [
                    replace(config, hidden=frozenset(f for t, f in hidden if t == name))
                    for name, config in self._configs.items()
                ],
                limit=self._limit,
                max_levels=self.max_levels,
            )
            view.policies = self.policies
            view.plans, view.plans_of_nodes = self.plans, self.plans_of_nodes
            view.raised_limits = self.raised_limits
            self._views[hidden] = view
            if len(self._views) > _VIEWS:
                self._views.popitem(last=False)
        return view

    def add(self, config: TypeConfig) -> None:
        """Add *config* in place of an earlier one for the same GraphQL type.

        Raises:
            ConfigurationError: The earlier one shows another model.
        """
        known = self._configs.get(config.name, config)
        if known.model is not config.model:
            msg = (
                f"The type {config.name!r} shows rows of {known.model.__name__!r} "
                f"already, so that it cannot show those of {config.model.__name__!r}: "
                "bind one type to one model. Several types may show one model."
            )
            raise ConfigurationError(msg)
        self._configs[config.name] = config
        self._changed()

    @property
    def limit(self) -> DepthLimit:
        """How many levels a query may nest where no type says it itself."""
        return self._limit

    @limit.setter
    def limit(self, limit: DepthLimit) -> None:
        self._limit = limit
        self._changed()

    @cached_property
    def policies(self) -> Policies:
        """The policies of the models.

        Raises:
            ConfigurationError: Two types of one model have different ones.
        """
        return Policies(
            (config.name, config.mapper, config.policy)
            for config in self._configs.values()
            if config.policy is not None
        )

    def field_rules(self, schema: GraphQLSchema) -> FieldRules | None:
        """Return which fields of *schema*, which is complete, not everybody may see.

        `None` where everybody may see all.
        """
        if self._rules == "unknown":
            configs = self._configs.values()
            has_rules = any(config.visible_if for config in configs)
            self._rules = FieldRules(schema, configs) if has_rules else None
        return self._rules

    def limit_of(self, names: Iterable[str]) -> DepthLimit:
        """Return the limit from a field whose value is of one of the types *names*.

        The widest of theirs: to plan for one of them narrows it.
        """
        limits = []
        for name in names:
            config = self._configs.get(name)
            if config is None or config.max_depth is None:
                limits.append(self._limit)
            else:
                limits.append(DepthLimit(config.max_depth, name))
        return max(limits, key=lambda one: one.max_depth, default=self._limit)

    def arguments_of(
        self, type_name: str, field_name: str, definition: GraphQLField
    ) -> ArgumentsShape | None:
        """Return what the arguments of a field may ask: see `TypeConfig.arguments`."""
        config = self._configs.get(type_name)
        return None if config is None else config.arguments(field_name, definition)

    def _changed(self) -> None:
        vars(self).pop("policies", None)
        self._rules = "unknown"
        self._views.clear()
        self.edition = object()
        self.plans.clear()
        self.plans_of_nodes.clear()

    def overridden(
        self,
        names: Iterable[str],
        model: type[Any],
        strategies: Mapping[str, LoadStrategy],
        aliases: Mapping[str, str],
    ) -> TypeRegistry:
        """Return a copy in which the types *names* have these settings first."""
        configs = dict(self._configs)
        for name in names:
            config = configs.get(name) or TypeConfig(name, model)
            configs[name] = replace(
                config,
                strategies={**config.strategies, **strategies},
                aliases={**config.aliases, **aliases},
                reads_apart=False,  # options of one statement set the attribute
            )
        return TypeRegistry(
            tuple(configs.values()), limit=self._limit, max_levels=self.max_levels
        )

    def __getitem__(self, name: str) -> TypeConfig:
        return self._configs[name]

    def __contains__(self, name: object) -> bool:
        return name in self._configs

    def __iter__(self) -> Iterator[str]:
        return iter(self._configs)

    def __len__(self) -> int:
        return len(self._configs)
