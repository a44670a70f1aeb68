"""Models → what is verified: a schema of everything that they have.

Each class is asked for in three ways: by a root field that is planned ahead, by a
resolver of one's own, and by one that calls `auto_eager_load`. Everything is nullable,
and every value is of one scalar: what is compared is what was loaded.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from inspect import getattr_static
from typing import Any

from ariadne import QueryType, ScalarType, make_executable_schema
from sqlalchemy import select
from sqlalchemy.ext.associationproxy import AssociationProxyExtensionType
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.hybrid import HybridExtensionType
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.schema import Column

from sqla_loaders import serialized
from sqla_selection import auto_eager_load
from sqla_selection.attribute_names import without_synonym

from ..object_type import SQLAlchemyObjectType
from ..query_type import SQLAlchemyQueryType
from ..scaffold import FieldSketch, Hierarchy, TypeSketch
from .naive import reader_of, rows_of_class
from .plain import as_plain
from .subject import AskedField, AskedRoot, AskedType, Path, Subject

__all__ = ["connected", "subject_of_models"]

_DEPTH = 20
_NAME = re.compile(r"(?!__)[A-Za-z_][0-9A-Za-z_]*")
_PATHS: dict[str, Path] = {
    "eager": "eager",
    "own": "own resolver",
    "auto": "auto_eager_load",
}
_COMPUTED = (
    HybridExtensionType.HYBRID_PROPERTY,
    AssociationProxyExtensionType.ASSOCIATION_PROXY,
)


def subject_of_models(
    mappers: Iterable[Mapper[Any]], is_excluded: Callable[[str], bool]
) -> Subject:
    """Return a schema over *mappers* that answers in each way, to be verified.

    Args:
        mappers: The classes.
        is_excluded: Tells whether somebody leaves `"User.email"` out.
    """
    hierarchy = Hierarchy(mappers, {"Query", "Any"})
    sketches = hierarchy.types(
        lambda mapper: [
            one
            for one in _fields(mapper, hierarchy.shown)
            if not is_excluded(f"{mapper.class_.__name__}.{one.name}")
        ]
    )
    names = {one.name for one in sketches}
    shown = {one: name for one, name in hierarchy.shown.items() if name in names}
    types = {one.name: _type(one, sketches) for one in sketches}
    roots = {
        name: tuple(
            AskedRoot(f"{prefix}_{name}", name, path) for prefix, path in _PATHS.items()
        )
        for name in shown.values()
    }
    schema = _schema(sketches, shown)
    classes = {name: mapper.class_ for mapper, name in shown.items()}

    def rows_of(root: AskedRoot, session: Any, _: Any) -> Any:
        return rows_of_class(classes[root.type], session)

    return Subject(schema, hierarchy.mappers, types, roots, rows_of)


def connected(mappers: Iterable[Mapper[Any]]) -> list[list[Mapper[Any]]]:
    """Return the classes in groups that inheritance and relationships connect."""
    left = dict.fromkeys(mappers)
    neighbours: dict[Mapper[Any], set[Mapper[Any]]] = {one: set() for one in left}
    for mapper in left:
        others = [prop.mapper for prop in mapper.relationships]
        others += [mapper.inherits] if mapper.inherits is not None else []
        for other in others:
            if other in neighbours:
                neighbours[mapper].add(other)
                neighbours[other].add(mapper)
    groups = []
    while left:
        ahead = [next(iter(left))]
        group: dict[Mapper[Any], None] = {}
        while ahead:
            mapper = ahead.pop()
            if mapper in left:
                del left[mapper]
                group[mapper] = None
                ahead += neighbours[mapper]
        groups.append(sorted(group, key=lambda one: one.class_.__name__))
    return sorted(groups, key=len)


def _fields(
    mapper: Mapper[Any], shown: dict[Mapper[Any], str]
) -> Iterator[FieldSketch]:
    """Yield a field for whatever the class has."""
    names = dict.fromkeys(
        (
            *(prop.key for prop in mapper.column_attrs),
            *(prop.key for prop in mapper.composites),
            *(prop.key for prop in mapper.relationships),
            *mapper.synonyms.keys(),
            *(
                key
                for key, one in mapper.all_orm_descriptors.items()
                if one.extension_type in _COMPUTED
            ),
            *_properties(mapper),
        )
    )
    for name in names:
        if (
            not _NAME.fullmatch(name)
            or getattr_static(mapper.class_, name, None) is None
        ):
            continue
        prop = mapper.relationships.get(without_synonym(mapper, name))
        if prop is None:
            columns = getattr(mapper.column_attrs.get(name), "columns", [None])
            column = columns[0] if isinstance(columns[0], Column) else None
            yield FieldSketch(name, name, "Any", column=column)
        elif prop.mapper in shown:
            type_ = shown[prop.mapper]
            is_list = bool(prop.uselist)
            listed = f"[{type_}]" if is_list else type_
            yield FieldSketch(name, name, listed, prop.mapper, is_list)


def _properties(mapper: Mapper[Any]) -> Iterator[str]:
    for class_ in mapper.class_.__mro__:
        if class_.__module__.partition(".")[0] not in ("sqlalchemy", "builtins"):
            for name, value in vars(class_).items():
                if isinstance(value, property) and name[:1] != "_":
                    yield name


def _type(sketch: TypeSketch, sketches: Iterable[TypeSketch]) -> AskedType:
    fields = {}
    for one in sketch.fields:
        prop = sketch.mapper.relationships.get(
            without_synonym(sketch.mapper, one.attribute)
        )
        fields[one.name] = AskedField(
            one.name,
            reader_of(one.attribute, is_list=one.is_list),
            None if prop is None else one.type.strip("[]"),
            one.is_list,
            bool(prop is not None and prop.order_by),
            one.column is not None,
        )
    concrete = [one.name for one in sketches if sketch.name in one.interfaces]
    objects = [one.name for one in sketches if not one.is_interface]
    below = tuple(name for name in concrete if name in objects)
    return AskedType(
        sketch.name, sketch.mapper, fields, below if sketch.is_interface else ()
    )


def _schema(sketches: Iterable[TypeSketch], shown: dict[Mapper[Any], str]) -> Any:
    lines = ["scalar Any", "type Query {"]
    for name in shown.values():
        lines += [f"  {prefix}_{name}: [{name}]" for prefix in _PATHS]
    lines.append("}")
    query = QueryType()
    object_types = []
    for sketch in sketches:
        kind = "interface" if sketch.is_interface else "type"
        above = " & ".join(sketch.interfaces)
        head = f"{kind} {sketch.name}" + (f" implements {above}" if above else "")
        fields = (f"  {field.name}: {field.type}" for field in sketch.fields)
        lines += [f"{head} {{", *fields, "}"]
        if not sketch.is_interface:
            class_ = sketch.mapper.class_
            bound = SQLAlchemyObjectType(sketch.name, class_, max_depth=_DEPTH)
            object_types.append(bound)
    for mapper, name in shown.items():
        query.set_field(f"own_{name}", _resolver(mapper.class_, is_planned=False))
        query.set_field(f"auto_{name}", _resolver(mapper.class_, is_planned=True))
    scalar = ScalarType("Any", serializer=as_plain)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of types that nobody wrote
        return make_executable_schema(
            "\n".join(lines),
            query,
            SQLAlchemyQueryType(object_types, max_depth=_DEPTH),
            *object_types,
            scalar,
        )


def _resolver(class_: type[Any], *, is_planned: bool) -> Any:
    """Return a resolver as an application would write it."""

    def resolve(_: Any, info: Any) -> Any:
        session = info.context["session"]
        statement = select(class_)
        if is_planned:
            statement = auto_eager_load(statement, info, class_, max_depth=_DEPTH)

        def rows(session: Any) -> Any:
            return session.scalars(statement).unique().all()

        if isinstance(session, AsyncSession):
            return _later(session, rows)
        return rows(session)

    return resolve


async def _later(session: AsyncSession, rows: Any) -> Any:
    async with serialized(session):
        return await session.run_sync(rows)
