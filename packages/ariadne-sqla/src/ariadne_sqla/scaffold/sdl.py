"""A sketch → SDL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .inputs import Inputs
from .scalars import SCALARS
from .sketch import FieldSketch, Sketch, TypeSketch

__all__ = ["sdl_of", "used_scalars"]

_WIDTH = 88  # characters of a line


def sdl_of(sketch: Sketch, inputs: Inputs, *, connections: bool = False) -> str:
    """Return the SDL of *sketch*, complete with root fields and input types.

    Args:
        sketch: The types.
        inputs: What makes the arguments.
        connections: Whether collections are shown as connections, too.
    """
    roots = [_field(root.name, root.arguments, root.type) for root in inputs.roots()]
    paged: list[str] = []
    types = [
        _type(type_, _fields(type_, sketch, inputs, paged if connections else None))
        for type_ in sketch.types
    ]
    types += _connections(dict.fromkeys(paged))
    types += [_block(f"enum {one.name}", one.values) for one in sketch.enums]
    types += [
        _block(f"enum {one.name}", one.values)
        if one.values
        else _block(f"input {one.name}", (f"{n}: {t}" for n, t in one.fields))
        for one in inputs.inputs.values()
    ]
    scalars = [
        f'"{SCALARS[name].description}"\nscalar {name}' for name in used_scalars(sketch)
    ]
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
        if paged is not None and field.is_list and field.target is not None:
            name = _connection_name(field)
            shown = sketch.shown[field.target]
            # The nodes of a connection are of one object type.
            if name not in names and not sketch.shown_as(field.target).is_interface:
                paged.append(shown)
                arguments = inputs.connection_arguments(field.target)
                yield _field(name, arguments, f"{shown}Connection!")


def _connection_name(field: FieldSketch) -> str:
    return f"{field.name}{'_connection' if '_' in field.name else 'Connection'}"


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
