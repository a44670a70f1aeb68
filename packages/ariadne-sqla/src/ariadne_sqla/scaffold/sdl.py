"""A sketch → SDL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .inputs import Inputs
from .scalars import SCALARS
from .sketch import Sketch, TypeSketch

__all__ = ["sdl_of", "used_scalars"]

_WIDTH = 88  # characters of a line


def sdl_of(sketch: Sketch, inputs: Inputs, *, connections: bool = False) -> str:
    """Return the SDL of *sketch*, complete with root fields and input types.

    Args:
        sketch: The types.
        inputs: What makes the arguments.
        connections: Whether lists are shown as connections, too.
    """
    paged: list[str] | None = [] if connections else None
    roots = []
    for root in inputs.roots():
        roots.append(_field(root.name, root.arguments, root.type))
        if paged is not None and root.is_list and not root.of.is_interface:
            name = _connection_name(root.name)
            roots.append(_connection(name, root.of, inputs, paged))
    types = [
        _type(type_, _fields(type_, sketch, inputs, paged)) for type_ in sketch.types
    ]
    types += _connections(dict.fromkeys(paged or ()))
    types += [_block(f"enum {one.name}", one.values) for one in sketch.enums]
    types += [
        _block(f"enum {one.name}", one.values)
        if one.values
        else _block(f"input {one.name}", (f"{n}: {t}" for n, t in one.fields))
        for one in inputs.inputs.values()
    ]
    scalars = [f'"{SCALARS[name]}"\nscalar {name}' for name in used_scalars(sketch)]
    return "\n\n".join([_block("type Query", roots), *types, *scalars]) + "\n"


def used_scalars(sketch: Sketch) -> list[str]:
    """Return the names of the scalars that *sketch* defines."""
    used = {field.type.strip("[]!") for type_ in sketch.types for field in type_.fields}
    return sorted(used & SCALARS.keys())


def _fields(
    type_: TypeSketch, sketch: Sketch, inputs: Inputs, paged: list[str] | None
) -> Iterator[str]:
    names = {field.name for field in type_.fields}
    for field in type_.fields:
        yield _field(field.name, inputs.arguments_of(field), field.type)
        if paged is None or not field.is_list or field.target is None:
            continue
        name, shown = _connection_name(field.name), sketch.shown_as(field.target)
        if name not in names and not shown.is_interface:
            yield _connection(name, shown, inputs, paged)


def _connection_name(name: str) -> str:
    return f"{name}{'_connection' if '_' in name else 'Connection'}"


def _connection(name: str, of: TypeSketch, inputs: Inputs, paged: list[str]) -> str:
    """Return a connection of rows of a type, whose nodes are of one object type."""
    paged.append(of.name)
    arguments = inputs.connection_arguments(of.mapper)
    return _field(name, arguments, f"{of.name}Connection!")


def _connections(shown: Iterable[str]) -> Iterator[str]:
    names = list(shown)
    for name in names:
        yield _block(
            f"type {name}Connection",
            (f"edges: [{name}Edge!]!", "pageInfo: PageInfo!", "totalCount: Int!"),
        )
        yield _block(f"type {name}Edge", (f"node: {name}!", "cursor: String!"))
    if names:
        flags = ("hasNextPage: Boolean!", "hasPreviousPage: Boolean!")
        yield _block(
            "type PageInfo", (*flags, "startCursor: String", "endCursor: String")
        )


def _type(type_: TypeSketch, fields: Iterable[str]) -> str:
    kind = "interface" if type_.is_interface else "type"
    implements = " & ".join(type_.interfaces)
    head = f"{kind} {type_.name}"
    return _block(f"{head} implements {implements}" if implements else head, fields)


def _field(name: str, arguments: Sequence[str], type_: str) -> str:
    if not arguments:
        return f"{name}: {type_}"
    line = f"{name}({', '.join(arguments)}): {type_}"
    if len(line) <= _WIDTH - 2:
        return line
    listed = "\n".join(f"    {one}" for one in arguments)
    return f"{name}(\n{listed}\n  ): {type_}"


def _block(head: str, lines: Iterable[str]) -> str:
    return "\n".join((f"{head} {{", *(f"  {line}" for line in lines), "}"))
