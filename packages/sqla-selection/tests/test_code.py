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


def after_a_variable(self):
    first = self.author.name
    second = self.title
    return first + second


def between_variables(self, other):
    both = other
    return both + self.name + other


def again_and_again(self):
    return [self.author.name for _ in range(2)]


def in_a_function(self):
    def inside():
        return self.author.name

    return inside()


def in_a_function_of_two(self):
    last = self.title

    def inside():
        return self.author.name + last

    return inside()


def two_functions_deep(self):
    return (lambda: (lambda: self.author.name)() + self.title)()


def of_a_local(self):
    author = self.author
    company = author.company
    return author.name + company.name


def of_a_local_that_may_be_null(self):
    author = self.author
    return author.name if author is not None else None


def of_a_local_of_two_values(self):
    if self.edited:  # noqa: SIM108
        author = self.editor
    else:
        author = self.author
    return author.company.name


def of_a_local_of_another_argument(self, other):
    author = self.author
    other = self.editor
    return (author.name, other.title)


def of_a_local_inside(self):
    author = self.author
    return [author.name + word for word in self.words]


def of_a_local_on_the_way_up(self):
    names = []
    node = self.parent
    while node is not None:
        names.append(node.name)
        node = node.parent
    return names


def of_a_local_unread(self):
    author = self.author  # noqa: F841


def of_a_local_passed_on(self):
    author = self.author
    return either(author)


def of_a_local_of_the_function_around(self):
    author = None

    def inside():
        nonlocal author
        author = self.author

    inside()
    return author.company.name


def passed_on(self):
    return len(vars(self))


def as_an_argument(self):
    return either(self)


def into_a_variable(self):
    other = self
    return other.name


def passed_on_inside(self):
    return (lambda: either(self))()


def written_inside(self):
    def inside():
        nonlocal self
        self = None

    inside()
    return self.name


def replaced(self):
    first = self.name
    self = first
    return self.title


def as_a_default(self):
    return (lambda other=self: other.name)()


def in_a_class(self):
    class Inside:
        name = self.name

    return Inside.name


def by_name(self):
    return getattr(self, "name")  # noqa: B009


def by_name_if_it_is_there(self):
    if hasattr(self.author, "name") and getattr(self, "title", None) is not None:
        return self.title
    return None


def by_name_of_a_local(self):
    author = self.author
    return getattr(author, "name", author.nick)


def by_a_name_that_is_given(self, name):
    return getattr(self, name)


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
        (after_a_variable, {("author", "name"), ("title",)}),
        (between_variables, {("name",)}),
        (again_and_again, {("author", "name")}),
        (in_a_lambda, {("name",)}),
        (in_a_function, {("author", "name")}),
        (in_a_function_of_two, {("author", "name"), ("title",)}),
        (two_functions_deep, {("author", "name"), ("title",)}),
        (lambda price: price.currency.code, {("currency", "code")}),
        (of_a_local, {("author", "name"), ("author", "company", "name")}),
        (of_a_local_that_may_be_null, {("author",), ("author", "name")}),
        (
            of_a_local_of_two_values,
            {("edited",), ("editor", "company", "name"), ("author", "company", "name")},
        ),
        (of_a_local_of_another_argument, {("author", "name"), ("editor", "title")}),
        (of_a_local_inside, {("author", "name"), ("words",)}),
        (
            of_a_local_on_the_way_up,
            {("parent",), ("parent", "name"), ("parent", "parent")},
        ),
        (of_a_local_unread, {("author",)}),
        (of_a_local_passed_on, {("author",)}),
        (of_a_local_of_the_function_around, {("author",)}),
        (by_name, {("name",)}),
        (by_name_if_it_is_there, {("author",), ("title",)}),
        (by_name_of_a_local, {("author", "name"), ("author", "nick")}),
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
        passed_on_inside,
        written_inside,
        replaced,
        as_a_default,
        in_a_class,
        by_a_name_that_is_given,
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
