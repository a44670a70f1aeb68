"""The levels of a plan while they are being decided: what is demanded of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy.orm import Mapper

from .asked import Asked, AskedArguments
from .asked_connections import AskedConnection
from .attributes import needs_of_filling
from .config import LoadStrategy
from .keys import local_attributes
from .load_plan import Edge
from .mapping import Loading, loading_of
from .needs import Needs

__all__ = ["Demand", "Level", "Relationship"]


class Demand(NamedTuple):
    """What is asked of a level, or of one that is reached from it."""

    asked: Asked
    path: tuple[str, ...] = ()
    """The relationships that lead to the level it is asked of."""
    response_key: str = ""
    strategy: LoadStrategy | None = None
    arguments: AskedArguments | None = None
    """What chooses among the rows of the last relationship."""
    chosen_by: LoadStrategy | None = None
    """The strategy, if that leaves some of its rows out."""
    connection: AskedConnection | None = None
    """What is asked of the connection that shows them."""


@dataclass(eq=False, slots=True)
class Level:
    """What is needed of rows of one mapper."""

    mapper: Mapper[Any]
    base: Level | None = None
    """The level of the class that this one is a subclass of, where rows mix."""
    attributes: set[str] = field(default_factory=set)
    relationships: dict[Edge, Relationship] = field(default_factory=dict)
    subclasses: dict[Mapper[Any], Level] = field(default_factory=dict)
    type_names: dict[str, None] = field(default_factory=dict)

    def for_rows_of(self, mapper: Mapper[Any]) -> Level | None:
        """Return the level for rows of *mapper* among the rows of this one."""
        if self.mapper.isa(mapper):
            return self
        if mapper.isa(self.mapper):
            if mapper not in self.subclasses:
                self.subclasses[mapper] = Level(mapper, base=self)
            return self.subclasses[mapper]
        return None

    def require(self, needs: Needs) -> None:
        """Load what *needs* says."""
        for key in needs.attributes:
            if self.base is not None and key in self.base.mapper.column_attrs:
                self.base.attributes.add(key)
            else:
                self.attributes.add(key)
        for key, below in needs.relationships:
            self.relate(key).demands[below] = None
        for mapper, of_subclass in needs.subclasses:
            rows = self.for_rows_of(mapper)
            if rows is not None:
                rows.require(of_subclass)

    def ask(self, demand: Demand) -> None:
        """Plan for what is asked at the end of the demand's path."""
        key, *rest = demand.path
        if rest:
            below = demand._replace(path=tuple(rest))
            related = self.relate(key, demand.response_key, demand.strategy)
        else:
            below = Demand(demand.asked)
            chosen = demand.arguments, demand.chosen_by
            related = self.relate(key, demand.response_key, demand.strategy, *chosen)
            if demand.connection is not None:
                related.ask(demand.response_key, demand.connection)
        related.demands[below] = None

    def relate(
        self,
        key: str,
        response_key: str = "",
        strategy: LoadStrategy | None = None,
        window: AskedArguments | None = None,
        chosen_by: LoadStrategy | None = None,
    ) -> Relationship:
        """Return the relationship *key*, planned from now on."""
        prop = self.mapper.relationships[key]
        if self.base is not None and self.base.mapper.relationships.get(key) is prop:
            return self.base.relate(key, response_key, strategy, window, chosen_by)
        edge = Edge(prop, window, chosen_by)
        related = self.relationships.get(edge)
        if related is None:
            related = self.relationships[edge] = Relationship(edge)
            self.require(Needs(frozenset(local_attributes(self.mapper, prop))))
            related.demands[needs_of_filling(prop)] = None
        related.strategy = related.strategy or strategy
        if response_key:
            related.fields[response_key] = None
        return related


@dataclass(slots=True)
class Relationship:
    """What is needed of the target of one relationship."""

    edge: Edge
    demands: dict[Needs | Demand, None] = field(default_factory=dict)
    """What is asked of the target."""
    strategy: LoadStrategy | None = None
    fields: dict[str, None] = field(default_factory=dict)
    connection: AskedConnection | None = None
    """What is asked of connections that show its rows, the ways from the owner on."""

    def ask(self, response_key: str, connection: AskedConnection) -> None:
        """Plan for what is asked of the connection at *response_key*."""
        ways = tuple((response_key, *way) for way in connection.ways)
        self.connection = connection._replace(ways=ways).merged(self.connection)

    @property
    def is_loaded(self) -> bool:
        """Whether there is anything to load: the mapping may say that there is not."""
        return (
            self.strategy is not None
            or loading_of(self.edge.relationship) is not Loading.NOTHING
        )
