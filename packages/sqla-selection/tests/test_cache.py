from concurrent.futures import ThreadPoolExecutor

import pytest

from sqla_selection import PlanCache


@pytest.fixture
def limited(monkeypatch):
    """A cache that keeps two plans."""
    monkeypatch.setattr(PlanCache, "max_size", 2)
    return PlanCache()


def test_gives_what_was_put():
    cache = PlanCache()
    plan = object()
    cache.put(("User", "id"), plan)

    assert cache.get(("User", "id")) is plan
    assert cache.get(("User", "name")) is None
    assert len(cache) == 1


def test_a_later_plan_takes_the_place_of_an_earlier_one():
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


def test_a_cache_may_have_a_limit_of_its_own(monkeypatch):
    cache = PlanCache(limit=1)
    cache.put("a", 1)
    cache.put("b", 2)
    assert len(cache) == 1

    monkeypatch.setattr(PlanCache, "max_size", 0)
    cache.put("c", 3)
    assert len(cache) == 0


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
