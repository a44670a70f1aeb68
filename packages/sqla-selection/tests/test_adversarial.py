"""Documents that are made to cost: what they cost grows with their length.

Work is counted in calls of functions, which no other load of the machine changes, and
memory at its peak.
"""

import gc
import tracemalloc
from cProfile import Profile

import pytest
from graphql import build_schema, execute_sync, parse, validate
from sqlalchemy import ForeignKey, inspect, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from sqla_selection import (
    DepthLimit,
    DepthLimitError,
    QueryTooLargeError,
    TypeConfig,
    TypeRegistry,
    auto_eager_load,
    collect,
    lookahead,
)
from sqla_selection.cache import PlanCache
from sqla_selection.carriers import takes_more_statements
from sqla_selection.options import options_for
from sqla_selection.planner import plan_field
from sqla_selection.remembered_plans import check_depth_of_root


class Base(DeclarativeBase):
    pass


class Comment(Base):
    __tablename__ = "comments"

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"))
    root_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"))
    parent: Mapped["Comment | None"] = relationship(
        remote_side=id, foreign_keys=parent_id, back_populates="replies"
    )
    root: Mapped["Comment | None"] = relationship(remote_side=id, foreign_keys=root_id)
    replies: Mapped[list["Comment"]] = relationship(
        foreign_keys=parent_id, back_populates="parent"
    )


FIELDS = "id: ID parent: Node root: Node replies: [Node]"
TYPES = ("A", "B", "C")
SDL = f"""
type Query {{ comment: Comment node: Node }}
interface Node {{ {FIELDS} }}
type Comment {{ id: ID parent: Comment root: Comment replies: [Comment] }}
""" + "".join(f"type {name} implements Node {{ {FIELDS} }} " for name in TYPES)


def fan_out(size, names=("parent", "replies")):
    """Two relationships on each level, and the same below both."""
    spreads = "".join(f"{name}{{...F%d}}" for name in names)
    fragments = [
        f"fragment F{level} on Comment{{{spreads % ((level + 1,) * len(names))}}}"
        for level in range(size)
    ]
    return " ".join(
        ["{comment{...F0}}", *fragments, f"fragment F{size} on Comment{{id}}"]
    )


def scalars(size):
    return fan_out(size, ("parent", "root"))


def subsets(size, names=("parent", "replies")):
    """A nondeterministic automaton, whose sets of states are exponentially many."""
    one, other = names

    def spread(level, *states):
        return "{" + "".join(f"...F{level}_{state} " for state in states) + "}"

    document = ["{comment{...F0_0}}"]
    for level in range(size):
        for state in range(level + 1):
            first = last = spread(level + 1, state + 1)
            if state == 0:
                first, last = spread(level + 1, 0, 1), spread(level + 1, 0)
            document.append(
                f"fragment F{level}_{state} on Comment{{{one}{first}{other}{last}}}"
            )
    document += [
        f"fragment F{size}_{state} on Comment{{id}}" for state in range(size + 1)
    ]
    return " ".join(document)


def subsets_of_aliases(size):
    return subsets(size, ("a:parent", "b:parent"))


def aliases(size):
    """One fragment of many fields below many aliases, each with a field of its own."""
    fields = " ".join(f"f{n}:id" for n in range(size))
    spreads = " ".join(f"a{n}:replies{{...F b{n}:id}}" for n in range(size))
    return f"{{comment{{{spreads}}}}} fragment F on Comment{{{fields}}}"


def inline(size):
    """Inline fragments in each other, over an interface and its types."""
    open_ = "".join(
        f"...on Node{{...on {TYPES[n % 3]}{{...on Node{{" for n in range(size)
    )
    return f"{{node{{{open_}parent{{id}}{'}}}' * size}}}}}"


def interfaces(size):
    """A level of each type below a level of each type."""
    below = "{id}"
    for _ in range(size):
        below = (
            "{"
            + "".join(f"...on {name}{{parent{{id}}}}" for name in TYPES)
            + (f"parent{below}}}")
        )
    return f"{{node{below}}}"


def chain(size):
    """Fragments that spread one another on one level."""
    fragments = " ".join(
        f"fragment F{n} on Comment{{...F{n + 1}}}" for n in range(size)
    )
    return f"{{comment{{...F0}}}} {fragments} fragment F{size} on Comment{{id}}"


DOCUMENTS = {
    fan_out: (12, 24),
    scalars: (12, 24),
    subsets: (8, 14),
    subsets_of_aliases: (8, 14),
    inline: (20, 40),
    interfaces: (12, 24),
    chain: (60, 120),
    aliases: (60, 120),
}
"""Each with two sizes, of which twice the length or more is the other."""


def eager(info, types, mapper):
    plan = lookahead(info, mapper, types, limit=types.limit)
    assert takes_more_statements(plan) in (True, False)
    return options_for(plan, joined_only=True)


def own_resolver(info, types, mapper):
    check_depth_of_root(info, types)
    return lookahead(info, mapper, types)


def field_of_an_object(info, types, mapper):
    check_depth_of_root(info, types)
    for type_name, fields in collect(info).asked.fields.items():
        if type_name in types:
            for field in fields:
                plan_field(types[type_name], field, types)


def eagerly_loaded(info, types, mapper):
    return auto_eager_load(select(Comment), info, Comment)


PATHS = [eager, own_resolver, field_of_an_object, eagerly_loaded]


class Cost:
    """What a path does with a document: calls of functions, and bytes at the peak."""

    def __init__(self, path, document, max_depth):
        schema = build_schema(SDL)
        parsed = parse(document)
        assert not validate(schema, parsed)
        types = TypeRegistry.of(schema)
        for name in ("Comment", *TYPES):
            types.add(TypeConfig(name, Comment))
        types.limit = DepthLimit(max_depth)
        self.calls = self.peak = 0
        self.error = None

        def resolve(_, info, **__):
            tracemalloc.start()
            try:
                with Profile(subcalls=False) as profile:
                    path(info, types, inspect(Comment))
            except (DepthLimitError, QueryTooLargeError) as error:
                self.error = type(error)
            finally:
                self.peak = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
            self.calls = sum(entry.callcount for entry in profile.getstats())

        gc.collect()
        result = execute_sync(schema, parsed, field_resolver=resolve)
        assert result.errors is None, result.errors


@pytest.fixture(scope="module", autouse=True)
def nothing_is_asked_for_the_first_time():
    """Go each way once: the first time imports, configures mappers and fills caches."""
    for path in PATHS:
        Cost(path, chain(3), max_depth=50)
        Cost(path, chain(3), max_depth=1)


@pytest.mark.parametrize("make", DOCUMENTS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_what_is_too_deep_costs_little(path, make):
    document = make(DOCUMENTS[make][1])
    cost = Cost(path, document, max_depth=3)

    if make not in (inline, chain, aliases):
        assert cost.error is DepthLimitError
        assert cost.calls <= 10_000
    assert cost.calls <= 60 * len(document) + 10_000
    assert cost.peak <= 160 * len(document) + 100_000


@pytest.mark.parametrize("make", DOCUMENTS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("path", [own_resolver, field_of_an_object])
def test_below_the_applications_resolvers_the_cost_is_linear(path, make):
    """No object is there: nothing below the first level is decided."""
    small, large = map(make, DOCUMENTS[make])
    one, other = Cost(path, small, max_depth=50), Cost(path, large, max_depth=50)

    assert one.error is other.error is None
    longer = len(large) / len(small)
    # Each alias spreads all of one fragment, which graphql-core goes through as well.
    allowed = longer**2 if make is aliases else longer * 1.3
    assert other.calls <= one.calls * allowed + 1_000
    assert other.peak <= one.peak * allowed + 50_000


@pytest.mark.parametrize("make", DOCUMENTS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("path", [eager, eagerly_loaded])
def test_what_is_planned_ahead_costs_no_more_than_a_plan_may_have(path, make):
    """As many tables as a statement joins, and as many levels as a plan has."""
    cost = Cost(path, make(DOCUMENTS[make][1]), max_depth=50)

    assert cost.error in (None, QueryTooLargeError)
    assert cost.calls <= 600_000
    assert cost.peak <= 8_000_000


def test_more_levels_than_a_plan_may_have_are_an_error_with_a_name(info_of):
    schema = build_schema(SDL)
    info = info_of(schema, fan_out(20))

    with pytest.raises(QueryTooLargeError) as error:
        auto_eager_load(select(Comment), info, Comment, max_depth=30)

    assert error.value.message == (
        "The query takes more than max_levels=250 levels of relationships below one "
        "field. Ask for less at once."
    )


def test_levels_are_counted_when_they_are_decided(info_of):
    schema = build_schema(SDL)
    types = TypeRegistry.of(schema)
    types.max_levels = 10
    plan = lookahead(info_of(schema, fan_out(20)), inspect(Comment), types)

    for _ in range(9):
        plan = plan.edge("replies").target
    with pytest.raises(QueryTooLargeError):
        _ = plan.edge("replies").target


def test_what_asks_the_same_of_the_same_class_is_one_level(info_of):
    schema = build_schema(SDL)
    plan = lookahead(
        info_of(schema, fan_out(20)), inspect(Comment), TypeRegistry.of(schema)
    )

    assert len(list(plan.levels())) == 21


class TestCaches:
    def plan(self, schema, types, document):
        plans = []
        execute_sync(
            schema,
            parse(document),
            field_resolver=lambda _, info, **__: plans.append(
                lookahead(info, inspect(Comment), types)
            ),
        )
        return plans[0]

    def test_are_bounded_by_what_plans_have_grown_to(self, monkeypatch):
        schema = build_schema(SDL)
        types = TypeRegistry.of(schema)
        monkeypatch.setattr(PlanCache, "max_weight", 1_000)
        for size in range(1, 30):
            list(self.plan(schema, types, fan_out(size)).levels())

        assert len(types.plans) == 1
        weights = [weight for _, weight in types.plans._plans.values()]
        assert types.plans._weight == sum(one.amount for one in weights) <= 1_000

    def test_of_options_hold_nothing_that_no_plan_has(self):
        """They were kept by plans, of which equal ones were others each time."""
        schema = build_schema(SDL)
        types = TypeRegistry.of(schema)
        one, other = (
            self.plan(schema, types, "{comment{parent{id}}}") for _ in range(2)
        )
        assert one is other
        assert options_for(one) is options_for(other)

        types.plans.clear()
        again = self.plan(schema, types, "{comment{parent{id}}}")
        assert again is not one
        assert again == one
        assert hash(again) == hash(one)
        assert again.edge("parent").target == one.edge("parent").target
