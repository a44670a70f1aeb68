import gc
from concurrent.futures import ThreadPoolExecutor

import pytest
from graphql import parse

from sqla_selection.cache import PlanCache, PlansOfNodes


@pytest.fixture
def limited(monkeypatch):
    """A cache that keeps two values."""
    monkeypatch.setattr(PlanCache, "max_size", 2)
    return PlanCache()


def test_gives_what_was_put():
    cache = PlanCache()
    value = object()
    cache.put(("User", "id"), value)

    assert cache.get(("User", "id")) is value
    assert cache.get(("User", "name")) is None
    assert len(cache) == 1


def test_a_later_value_takes_the_place_of_an_earlier_one():
    cache = PlanCache()
    cache.put("key", "old")
    cache.put("key", "new")

    assert cache.get("key") == "new"
    assert len(cache) == 1


def test_drops_what_was_used_least_recently(limited):
    limited.put("a", 1)
    limited.put("b", 2)
    assert limited.get("a") == 1
    limited.put("c", 3)

    assert limited.get("a") == 1
    assert limited.get("b") is None
    assert limited.get("c") == 3
    assert len(limited) == 2


def test_a_get_that_finds_nothing_changes_nothing(limited):
    limited.put("a", 1)
    limited.put("b", 2)
    assert limited.get("missing") is None

    assert len(limited) == 2


def test_max_size_zero_keeps_nothing(monkeypatch):
    monkeypatch.setattr(PlanCache, "max_size", 0)
    cache = PlanCache()
    cache.put("a", 1)

    assert len(cache) == 0
    assert cache.get("a") is None


def test_max_size_zero_gives_nothing_that_was_kept_before(monkeypatch):
    cache = PlanCache()
    cache.put("a", 1)
    monkeypatch.setattr(PlanCache, "max_size", 0)

    assert cache.get("a") is None


def test_clear_forgets_everything():
    cache = PlanCache()
    cache.put("a", 1)
    cache.clear()

    assert len(cache) == 0
    assert cache.get("a") is None


def test_threads_may_share_it(limited):
    def use(number):
        for key in range(200):
            limited.put(key % 5, number)
            limited.get((key + number) % 5)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, range(4)))

    assert len(limited) == 2


class TestPlansOfNodes:
    def test_give_what_was_put(self):
        plans = PlansOfNodes()
        nodes = nodes_of("{ a b }")
        plans.put(nodes, "key", "plan")

        assert plans.get(nodes, "key") == "plan"
        assert plans.get(nodes, "other key") is None
        assert plans.get(nodes[:1], "key") is None

    def test_tell_nodes_apart_by_identity(self):
        plans = PlansOfNodes()
        nodes, same = nodes_of("{ a }"), nodes_of("{ a }")
        plans.put(nodes, "key", "plan")

        assert nodes == same
        assert plans.get(same, "key") is None

    def test_go_with_their_document(self):
        plans = PlansOfNodes()
        nodes = nodes_of("{ a b }")
        plans.put(nodes, "key", "plan")
        assert len(plans) == 1

        del nodes
        gc.collect()
        assert len(plans) == 0

    def test_are_not_given_for_a_node_with_the_id_of_one_that_is_gone(self):
        plans = PlansOfNodes()
        first, second, other = nodes_of("{ a b c }")
        plans.put([first, second], "key", "plan")
        # As if `other` were at the address that `second` had.
        [entry] = plans._kept.values()
        plans._kept[(id(first), id(other), "key")] = entry

        assert plans.get([first, other], "key") is None
        assert plans.get([first, second], "key") == "plan"

    def test_are_put_anew(self):
        plans = PlansOfNodes()
        nodes = nodes_of("{ a }")
        plans.put(nodes, "key", "old")
        plans.put(nodes, "key", "new")
        gc.collect()

        assert plans.get(nodes, "key") == "new"
        assert len(plans) == 1

    def test_start_anew_when_there_are_too_many(self, monkeypatch):
        monkeypatch.setattr(PlanCache, "max_size", 2)
        plans = PlansOfNodes()
        nodes = nodes_of("{ a b c }")
        for node in nodes:
            plans.put([node], "key", node.name.value)

        assert len(plans) == 1
        assert plans.get([nodes[2]], "key") == "c"

    def test_keep_and_give_nothing_where_caching_is_off(self, monkeypatch):
        plans = PlansOfNodes()
        nodes = nodes_of("{ a b }")
        plans.put(nodes[:1], "key", "plan")
        monkeypatch.setattr(PlanCache, "max_size", 0)
        plans.put(nodes[1:], "key", "plan")

        assert plans.get(nodes[:1], "key") is None
        assert len(plans) == 1


def nodes_of(document):
    return list(parse(document).definitions[0].selection_set.selections)
