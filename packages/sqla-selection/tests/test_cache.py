from concurrent.futures import ThreadPoolExecutor

import pytest

from sqla_selection import PlanCache


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


def test_drops_what_was_used_least_recently_beyond_its_characters():
    cache = PlanCache(max_characters=100)
    for key in range(50):
        cache.put(key, "value", characters=2)
    assert cache.get(0) == "value"
    cache.put(50, "value", characters=2)

    assert len(cache) == 50
    assert cache.get(0) == "value"
    assert cache.get(1) is None


def test_a_value_in_place_of_another_counts_alone():
    cache = PlanCache(max_characters=100)
    for number in range(200):
        cache.put("key", number, characters=2)
    for key in range(49):
        cache.put(key, "value", characters=2)

    assert cache.get("key") == 199
    assert len(cache) == 50


@pytest.mark.parametrize(("characters", "is_kept"), [(10_000, True), (10_001, False)])
def test_never_keeps_what_is_long(characters, is_kept):
    cache = PlanCache()
    cache.put("a", 1, characters=characters)

    assert (cache.get("a") == 1) is is_kept


def test_clear_forgets_everything():
    cache = PlanCache()
    cache.put("a", 1)
    cache.clear()

    assert len(cache) == 0
    assert cache.get("a") is None


def test_clear_gives_its_characters_back():
    cache = PlanCache(max_characters=50)
    for key in range(50):
        cache.put(key, "value", characters=1)
    cache.clear()
    for key in range(50):
        cache.put(key, "value", characters=1)

    assert len(cache) == 50


def test_threads_may_share_it(limited):
    def use(number):
        for key in range(200):
            limited.put(key % 5, number)
            limited.get((key + number) % 5)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, range(4)))

    assert len(limited) == 2
