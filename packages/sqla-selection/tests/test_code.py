from functools import cached_property, partial, wraps
from operator import attrgetter

import pytest

from sqla_selection.code import chains_read, function_of


def either(self):
    return self.nick or self.name


def chosen(self):
    if self.formal:
        return self.last
    return [word.upper() for word in self.words]


def chained(self):
    return f"{self.author.name} {self.title.upper()}"


def nothing(self):
    return 1


def of_its_class(self):
    return type(self).__name__ if isinstance(self, str) else self.kind


def with_an_argument(self, other):
    return self.name + other.name


def in_a_lambda(self):
    return (lambda: self.name)()


def passed_on(self):
    return len(vars(self))


def as_an_argument(self):
    return either(self)


def into_a_variable(self):
    other = self
    return other.name


def by_name(self):
    return getattr(self, "name")  # noqa: B009


def written(self):
    self.name = "x"


def of_the_parent(self):
    return super().name  # type: ignore[misc]


def of_any_arguments(*args):
    return args[0].name


@wraps(either)
def wrapped(self):
    return either(self)


@pytest.mark.parametrize(
    ("function", "chains"),
    [
        (either, {("nick",), ("name",)}),
        (chosen, {("formal",), ("last",), ("words",)}),
        (chained, {("author", "name"), ("title", "upper")}),
        (nothing, set()),
        (of_its_class, {("kind",)}),
        (lambda row, *_: type(row).__name__, set()),
        (with_an_argument, {("name",)}),
        (lambda price: price.currency.code, {("currency", "code")}),
    ],
)
def test_what_is_read_is_known(function, chains):
    assert chains_read(function) == chains


@pytest.mark.parametrize(
    "function",
    [
        passed_on,
        as_an_argument,
        into_a_variable,
        by_name,
        written,
        of_the_parent,
        of_any_arguments,
        wrapped,
        partial(either),
        attrgetter("name"),
        len,
        None,
    ],
)
def test_what_may_be_read_elsewhere_is_unknown(function):
    assert chains_read(function) is None


def test_a_function_inside_is_read_or_unknown():
    """It depends on how Python says that a function closes over a variable."""
    assert chains_read(in_a_lambda) in (None, frozenset({("name",)}))


class Thing:
    kind = "thing"

    @property
    def loud(self):
        return self.kind.upper()

    @cached_property
    def slow(self):
        return self.kind

    def method(self):
        return self.kind


@pytest.mark.parametrize("name", ["loud", "slow", "method"])
def test_the_function_behind_an_attribute_is_found(name):
    assert chains_read(function_of(Thing.__dict__[name]))


def test_other_attributes_have_no_function():
    assert function_of(Thing.__dict__["kind"]) is None
