"""Hypothesis strategies: rows and documents for `cases.everything`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)
from hypothesis import strategies as st

from .cases.everything import Rows

T = TypeVar("T")


class Choose(Protocol):
    """Takes one of several values."""

    def __call__(self, values: Sequence[T], /) -> T: ...


DEPTH = 3
"""Levels of relationships below a root field."""


@st.composite
def rows(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table, few enough to meet each other often."""

    def some(most: int) -> range:
        return range(1, draw(st.integers(0, most)) + 1)

    def one_of(numbers: Sequence[int], *others: int | None) -> Any:
        return draw(st.sampled_from([*numbers, *others]))

    def pairs(left: Sequence[int], right: Sequence[int]) -> list[tuple[int, int]]:
        if not left or not right:
            return []
        pair = st.tuples(st.sampled_from(left), st.sampled_from(right))
        return draw(st.lists(pair, max_size=6, unique=True))

    text = st.sampled_from(["a", "b", "c"])
    people, media, tags = some(4), some(5), some(4)
    cities = draw(st.lists(st.tuples(st.integers(1, 2), text), max_size=3, unique=True))
    kinds = {n: draw(st.sampled_from(["article", "video"])) for n in media}
    articles = [n for n in media if kinds[n] == "article"]
    videos = [n for n in media if kinds[n] == "video"]
    return {
        "city": [
            {"number": n, "country": c, "name": f"city {n}{c}", "mayor": c}
            for n, c in cities
        ],
        "landmark": [
            {
                "id": n,
                "kind": draw(text),
                "height": n,
                "number": one_of([1, 2, 3]),
                "country": draw(text),
            }
            for n in some(4)
        ],
        "person": [
            {
                "PERSON_ID": n,
                "SURNAME": draw(text),
                "NAME": f"surname {n}",
                "letter": f"letter {n}",
                "city_number": one_of([1, 2, 3], None),
                "city_country": draw(st.none() | text),
                "mentor_id": one_of(people, None),
            }
            for n in people
        ],
        "follow": [{"from_id": a, "a_to_id": b} for a, b in pairs(people, people)],
        "media": [
            {
                "id": n,
                "kind": kinds[n],
                "title": f"title {n}",
                "stars": one_of([0, 1, 2]),
                "author_id": one_of(people, None),
                "seconds": n if n in videos else None,
                "sequel_id": one_of(videos, None) if n in videos else None,
            }
            for n in media
        ],
        "article": [{"id": n, "words": n, "body": f"body {n}"} for n in articles],
        "source": [
            {"article_id": a, "source_id": b} for a, b in pairs(articles, articles)
        ],
        "favourite": [{"person_id": a, "media_id": b} for a, b in pairs(people, media)],
        "tag": [{"id": n, "name": draw(text)} for n in tags],
        "media_tag": [
            {"tag_id": a, "media_id": b, "weight": one_of([0, 1])}
            for a, b in pairs(tags, media)
        ],
        "note": [
            {"person_id": a, "position": n, "text": draw(text), "media_id": b}
            for n, (a, b) in enumerate(pairs(people, media))
        ],
        "comment": [
            {
                "id": n,
                "text": draw(text),
                "position": one_of([0, 1]),
                "media_id": b,
                "author_id": one_of([a], None),
            }
            for n, (a, b) in enumerate(pairs(people, media), start=1)
        ],
    }


@dataclass
class _Document:
    """A document while it is written."""

    schema: GraphQLSchema
    choose: Choose
    fragments: list[str] = field(default_factory=list)
    known: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    """The fragments on a type, and how deep they are."""

    variables: set[str] = field(default_factory=set)

    def selection(self, parent: GraphQLNamedType, depth: int) -> str:
        items = [self.item(parent, depth) for _ in range(self.choose([1, 2, 3, 4]))]
        return "{ " + " ".join(items) + " }"

    def item(self, parent: GraphQLNamedType, depth: int) -> str:
        kinds = ["typename", "inline", "fragment"]
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            kinds = [*["field"] * 6, *kinds]
        kind = self.choose(kinds)
        if kind == "field":
            assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
            return self.field(parent, depth)
        if kind == "inline":
            condition = self.condition(parent)
            named = "" if condition is None else f" on {condition.name}"
            below = self.selection(condition or parent, depth)
            return f"...{named}{self.directive()} {below}"
        if kind == "fragment":
            return f"...{self.fragment(parent, depth)}{self.directive()}"
        return f"{self.alias('__typename')}__typename{self.directive()}"

    def field(
        self, parent: GraphQLObjectType | GraphQLInterfaceType, depth: int
    ) -> str:
        leaves: list[str] = []
        branches: list[str] = []
        for name, definition in parent.fields.items():
            branch = is_composite_type(get_named_type(definition.type))
            (branches if branch else leaves).append(name)
        names = branches if depth and self.choose([False, True]) else leaves
        name = self.choose(names or leaves or branches)
        target = get_named_type(parent.fields[name].type)
        text = f"{self.alias(name)}{name}{self.directive()}"
        if is_composite_type(target):
            text += " " + self.selection(target, max(depth - 1, 0))
        return text

    def alias(self, name: str) -> str:
        """One that stands for this field alone, so that documents stay valid."""
        chosen = self.choose(["", "", f"{name}_a: ", f"{name}_b: "])
        return chosen.lstrip("_")

    def directive(self) -> str:
        name = self.choose([None, None, "skip", "include"])
        if name is None:
            return ""
        condition = self.choose(["true", "false", "$yes", "$no"])
        if condition.startswith("$"):
            self.variables.add(f"{condition}: Boolean!")
        return f" @{name}(if: {condition})"

    def condition(self, parent: GraphQLNamedType) -> GraphQLNamedType | None:
        """A type that objects of the parent may have."""
        if is_abstract_type(parent):
            possible: Sequence[GraphQLNamedType]
            possible = self.schema.get_possible_types(parent)
        else:
            assert isinstance(parent, GraphQLObjectType)
            possible = parent.interfaces
        named: Sequence[GraphQLNamedType] = [parent, *possible]
        return self.choose([None, *named])

    def fragment(self, parent: GraphQLNamedType, depth: int) -> str:
        condition = self.condition(parent) or parent
        fitting = [
            name for name, below in self.known.get(condition.name, []) if below <= depth
        ]
        known = self.choose([None, *fitting]) if fitting else None
        if known is not None:
            return known
        below = self.selection(condition, depth)
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {condition.name} {below}")
        self.known.setdefault(condition.name, []).append((name, depth))
        return name


@st.composite
def documents(draw: st.DrawFn, schema: GraphQLSchema) -> str:
    """Valid documents, with fragments, aliases, directives and depth."""
    return document_of(schema, lambda values: draw(st.sampled_from(values)))


def document_of(schema: GraphQLSchema, choose: Choose) -> str:
    """Write a document by decisions, of which the first value is always the least."""
    document = _Document(schema, choose)
    assert schema.query_type is not None
    roots = []
    for number in range(choose([1, 2])):
        name = choose(list(schema.query_type.fields))
        definition = schema.query_type.fields[name]
        argument = f"(id: {choose([1, 2, 3, 4])})" if definition.args else ""
        below = document.selection(get_named_type(definition.type), DEPTH)
        directive = document.directive()
        roots.append(f"r{number}: {name}{argument}{directive} {below}")
    variables = ", ".join(sorted(document.variables))
    operation = f"query ({variables})" if variables else "query"
    return " ".join([f"{operation} {{ {' '.join(roots)} }}", *document.fragments])


__all__ = ["DEPTH", "Rows", "documents", "rows"]
