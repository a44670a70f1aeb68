import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from weakref import ref

import pytest
from graphql import build_schema, execute_sync, parse
from sqlalchemy import select

from sqla_selection import (
    DepthLimit,
    DepthLimitError,
    TypeConfig,
    TypeRegistry,
    auto_eager_load,
    collect,
)
from sqla_selection.cache import RootFieldMap
from sqla_selection.depth import check_depth
from sqla_selection.remembered_plans import check_depth_of_root

from .blog import Post, User

SDL = """
type Query { user: User feed: Feed node: Node name: String }
type Mutation { rename: Payload }
interface Node { id: ID }
type User implements Node { id: ID posts: [Post] newest(first: Int): Feed }
type Post implements Node { id: ID author: User }
type Feed { edges: [Edge] }
type Edge { node: Post }
type Payload { user: User }
"""


@pytest.fixture
def schema():
    return build_schema(SDL)


@pytest.fixture
def types(schema):
    types = TypeRegistry.of(schema)
    types.add(TypeConfig("User", User))
    types.add(TypeConfig("Post", Post))
    return types


@pytest.fixture
def refused(info_of, schema, types):
    """Return the message for a root field of the application's own, or `None`."""

    def refused(document, **variables):
        try:
            check_depth_of_root(info_of(schema, document, **variables), types)
        except DepthLimitError as error:
            return error.message
        return None

    return refused


DEEP = "posts { author { posts { id } } }"


def test_counts_the_levels_of_configured_types_from_the_root_field(refused):
    assert refused("{ user { posts { author { id } } } }") is None
    assert refused(f"{{ user {{ {DEEP} }} }}") == (
        "Query depth 4 exceeds max_depth=3 (the default)."
    )


def test_does_not_count_types_that_lead_to_them(refused):
    assert refused("{ feed { edges { node { author { posts { id } } } } } }") is None
    assert refused(f"{{ feed {{ edges {{ node {{ author {{ {DEEP} }} }} }} }} }}") == (
        "Query depth 4 exceeds max_depth=3 (the default)."
    )


def test_goes_through_resolvers_that_read_no_relationship(refused):
    below = "newest { edges { node { author { id } } } }"

    assert refused(f"{{ user {{ {below} }} }}") is None
    assert refused(f"{{ user {{ posts {{ author {{ {below} }} }} }} }}") == (
        "Query depth 4 exceeds max_depth=3 (the default)."
    )


def test_of_a_mutation_counts_from_its_payload(refused):
    assert refused(f"mutation {{ rename {{ user {{ {DEEP} }} }} }}") == (
        "Query depth 4 exceeds max_depth=3 (the default)."
    )


def test_of_a_scalar_is_none(refused):
    assert refused("{ name }") is None


def test_takes_the_limit_of_the_first_type_on_each_way(refused, types):
    types.add(TypeConfig("User", User, max_depth=4))
    assert refused(f"{{ user {{ {DEEP} }} }}") is None
    assert refused("{ feed { edges { node { author { posts { author { id } } } } } } }")

    types.add(TypeConfig("Post", Post, max_depth=2))
    assert refused(f"{{ user {{ {DEEP} }} }}") == (
        "Query depth 3 exceeds max_depth=2 (set by 'Post')."
    )


def test_takes_the_limit_of_the_schema(refused, types):
    types.limit = DepthLimit(4, "SQLAlchemyQueryType")
    assert refused(f"{{ user {{ {DEEP} }} }}") is None

    types.limit = DepthLimit(1, "SQLAlchemyQueryType")
    assert refused(f"{{ user {{ {DEEP} }} }}") == (
        "Query depth 2 exceeds max_depth=1 (set by 'SQLAlchemyQueryType')."
    )


def test_of_an_interface_is_the_widest_of_its_types(refused, types):
    types.add(TypeConfig("Post", Post, max_depth=1))

    assert refused("{ node { ... on User { id } } }") is None
    assert refused("{ node { ... on Post { author { id } } } }") == (
        "Query depth 2 exceeds max_depth=1 (set by 'Post')."
    )


def test_of_what_is_skipped_does_not_count(refused):
    document = (
        f"query ($deep: Boolean!) {{ user {{ id ...D @include(if: $deep) }} }}"
        f" fragment D on User {{ {DEEP} }}"
    )

    assert refused(document, deep=False) is None
    assert refused(document, deep=True)


def test_is_checked_below_any_field_from_the_root_field_on(schema, types):
    depths = []

    def resolve(_, info, **__):
        if info.field_name == "author":
            with pytest.raises(DepthLimitError) as error:
                check_depth_of_root(info, types)
            depths.append(error.value.message)
        return [{}] if info.field_name == "posts" else {}

    document = parse(f"{{ user {{ {DEEP} }} }}")
    execute_sync(schema, document, field_resolver=resolve)

    assert depths == ["Query depth 4 exceeds max_depth=3 (the default)."]


@pytest.mark.parametrize("name", ["user", "other"])
def test_holds_what_auto_eager_load_was_called_with(schema, types, name):
    document = parse(f"{{ {name}: user {{ {DEEP} }} }}")

    def resolve(_, info, **__):
        auto_eager_load(select(User), info, User, max_depth=4)
        check_depth_of_root(info, types)

    result = execute_sync(schema, document, field_resolver=resolve)
    assert result.errors is None


def resolve_for(user, info, **_):
    """Raise the limit for admins, and check it at every field."""
    if info.path.prev is None and info.context == "admin":
        auto_eager_load(select(User), info, User, max_depth=4)
    check_depth_of_root(info, TypeRegistry.of(info.schema))
    return {"posts": [{}], "id": 1}.get(info.field_name, {})


def test_of_a_kept_document_holds_a_raised_limit_for_one_execution(schema, types):
    document = parse(f"{{ user {{ {DEEP} }} }}")

    refused = [
        execute_sync(
            schema, document, context_value=who, field_resolver=resolve_for
        ).errors
        is not None
        for who in ("user", "admin", "user", "admin")
    ]

    assert refused == [True, False, True, False]


def test_of_a_kept_document_holds_in_threads_for_each_alone(schema, types):
    document = parse(f"{{ user {{ {DEEP} }} }}")
    both_run = Barrier(2)

    def resolve(user, info, **_):
        if info.path.prev is None:
            if info.context == "admin":
                auto_eager_load(select(User), info, User, max_depth=4)
            both_run.wait(10)  # the admin's limit is raised
        return resolve_for(user, info)

    def is_refused(who):
        result = execute_sync(
            schema, document, context_value=who, field_resolver=resolve
        )
        return result.errors is not None

    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            assert list(pool.map(is_refused, ["user", "admin"])) == [True, False]


def test_raised_limits_do_not_grow(schema, types, monkeypatch):
    monkeypatch.setattr(RootFieldMap, "max_size", 3)
    document = parse(f"{{ user {{ {DEEP} }} }}")
    operation = ref(document.definitions[0])

    for _ in range(10):
        result = execute_sync(
            schema, document, context_value="admin", field_resolver=resolve_for
        )
        assert result.errors is None
    assert len(types.raised_limits) == 3

    del document, result
    gc.collect()
    assert operation() is None


def test_of_a_kept_document_is_checked_once(schema, types, monkeypatch):
    checked = []
    monkeypatch.setattr(
        sys.modules[check_depth_of_root.__module__],  # hidden by a function
        "check_depth",
        lambda *args, **kwargs: checked.append(check_depth(*args, **kwargs)),
    )
    document = parse(
        "query ($more: Boolean!)"
        " { user { id posts @include(if: $more) { id } ...F } }"
        " fragment F on User { id }"
    )

    def resolve(_, info, **__):
        check_depth_of_root(info, types)

    for more in (True, True, False, False, True):
        execute_sync(
            schema, document, variable_values={"more": more}, field_resolver=resolve
        )

    assert len(checked) == 2


def test_is_refused_before_what_is_below_is_collected(info_of, schema, types):
    document = "{ user " + "{ posts { author " * 30 + "{ id }" + " } }" * 30 + " }"
    asked = collect(info_of(schema, document)).asked

    with pytest.raises(DepthLimitError):
        check_depth(asked, types, mapper=User.__mapper__, limit=DepthLimit(3))

    levels = 0
    while "fields" in vars(asked):
        levels += 1
        [field] = asked.fields[asked.type.name]
        asked = field.below
    assert levels == 4
