"""Values of Pydantic models, for the columns of types that hold one."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy.types import TypeEngine

__all__ = ["modelled"]

_VARIANTS = 12
_DEEPEST = 3
"""Levels of a model on which there is what may be missing."""
_DAY = "2020-01-{:02}"
_FORMATS = {
    "date": _DAY,
    "date-time": _DAY + "T05:00:00Z",
    "duration": "PT{}H",
    "email": "someone{}@example.org",
    "time": "{:02}:30:00",
    "uri": "https://example.org/{}",
    "uuid": "00000000-0000-0000-0000-0000000000{:02}",
}
_CHOICES = ("anyOf", "oneOf", "allOf")
_NUMBERS = 20  # different texts of such a form


def modelled(type_: TypeEngine[Any], n: int) -> Iterator[Any]:
    """Yield values of the Pydantic models and adapters that *type_* has as attributes.

    Each as an object, and as the JSON that makes it. They are made by the schema of
    the model, other ones for another *n*. A model that refuses them yields none.
    """
    pydantic = sys.modules.get("pydantic")
    adapter_class = getattr(pydantic, "TypeAdapter", None)
    if pydantic is None or adapter_class is None:
        return
    attributes: dict[str, Any] = {}
    for class_ in reversed(type(type_).__mro__):
        attributes |= vars(class_)
    for held in (attributes | vars(type_)).values():
        is_model = isinstance(held, type) and issubclass(held, pydantic.BaseModel)
        if not is_model and not isinstance(held, adapter_class):
            continue
        try:
            adapter, schema = _adapted(held, adapter_class)
        except Exception:  # noqa: S112 - a model may be one that has no schema
            continue
        for variant in range(n, n + _VARIANTS):
            document = _Documents(schema, variant).of(schema)
            try:
                value = adapter.validate_json(json.dumps(document))
            except Exception:  # noqa: S112 - validators may raise anything
                continue
            yield value
            yield document
            break


@lru_cache(maxsize=64)
def _adapted(held: Any, adapter_class: Any) -> tuple[Any, Mapping[str, Any]]:
    adapter = held if isinstance(held, adapter_class) else adapter_class(held)
    return adapter, adapter.json_schema()


class _Documents:
    """Makes what a JSON schema of Pydantic describes, as far as its types say.

    Args:
        schema: The whole of it.
        n: Chooses; what need not be there is there where it is odd.
    """

    def __init__(self, schema: Mapping[str, Any], n: int) -> None:
        self.definitions = schema.get("$defs", {})
        self.n = n

    def of(self, schema: Any, depth: int = 0) -> Any:
        """Return a document for a part of the schema."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self.of(self.definitions[name], depth + 1)
        if "const" in schema:
            return schema["const"]
        for key in ("examples", "enum", *_CHOICES):
            if schema.get(key):
                several = schema[key]
                one = several[self.n // 2 % len(several)]
                if key in _CHOICES and depth > _DEEPEST:
                    one = several[-1]  # `None`, or what nests least
                return self.of(one, depth) if key in _CHOICES else one
        made = getattr(self, f"_{schema.get('type')}", None)
        return {"key": self.n} if made is None else made(schema, depth)

    def _object(self, schema: Any, depth: int) -> Any:
        required = schema.get("required", ())
        has_all = self.n % 2 == 1 and depth < _DEEPEST
        properties = schema.get("properties", {})
        found = {
            name: self.of(one, depth)
            for name, one in properties.items()
            if has_all or name in required
        }
        others = schema.get("additionalProperties")
        if isinstance(others, dict) and has_all and not properties:
            found[f"key {self.n}"] = self.of(others, depth)
        return found

    def _array(self, schema: Any, depth: int) -> Any:
        if "prefixItems" in schema:
            return [self.of(one, depth) for one in schema["prefixItems"]]
        count = max(schema.get("minItems", 0), int(depth < _DEEPEST))
        return [self.of(schema.get("items", {}), depth) for _ in range(count)]

    def _string(self, schema: Any, _: int) -> Any:
        form = _FORMATS.get(schema.get("format", ""))
        if form is not None:
            return form.format(self.n % _NUMBERS + 1)
        text = f"value {self.n}".ljust(schema.get("minLength", 0), "x")
        return text[: schema.get("maxLength")]

    def _integer(self, schema: Any, _: int) -> Any:
        least = max(schema.get("minimum", 0), schema.get("exclusiveMinimum", -1) + 1)
        most = min(
            schema.get("maximum", sys.maxsize),
            schema.get("exclusiveMaximum", sys.maxsize) - 1,
        )
        return min(least + self.n, most)

    _number = _integer

    def _boolean(self, _: Any, __: int) -> Any:
        return self.n % 2 == 0

    def _null(self, _: Any, __: int) -> Any:
        return None
