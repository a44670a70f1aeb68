import pytest
from graphql import GraphQLError

from sqla_selection import (
    ConfigurationError,
    DepthLimitError,
    FragmentCycleError,
    SelectionError,
    SelectionPathError,
)
from sqla_selection.errors import suggest


@pytest.mark.parametrize(
    ("error", "bases"),
    [
        (ConfigurationError, (SelectionError, ValueError)),
        (SelectionPathError, (SelectionError, LookupError)),
        (DepthLimitError, (GraphQLError,)),
        (FragmentCycleError, (GraphQLError,)),
    ],
)
def test_each_error_can_be_caught_as_what_it_is(error, bases):
    assert error.__bases__ == bases


def test_what_a_client_causes_is_no_error_of_the_developer():
    assert not issubclass(DepthLimitError, SelectionError)
    assert not issubclass(FragmentCycleError, SelectionError)


@pytest.mark.parametrize(
    ("name", "known", "suggestion"),
    [
        ("titel", ["title", "body"], " Did you mean 'title'?"),
        ("nam", ["names", "name"], " Did you mean 'name' or 'names'?"),
        ("elsewhere", ["title", "body"], ""),
        ("title", [], ""),
    ],
)
def test_suggest_names_what_is_near(name, known, suggestion):
    assert suggest(name, known) == suggestion


def test_suggest_takes_any_iterable():
    assert suggest("titel", iter(["title"])) == " Did you mean 'title'?"
