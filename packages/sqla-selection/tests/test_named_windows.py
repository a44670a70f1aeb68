"""Windows that ask the same of other values: names in the place of those."""

import decimal
from dataclasses import fields, replace

import pytest
from sqlalchemy import (
    Boolean,
    Integer,
    Numeric,
    String,
    TypeDecorator,
    func,
    select,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    column_property,
    mapped_column,
)
from sqlalchemy.orm.properties import ColumnProperty

from sqla_selection.arguments import (
    OrderKey,
    Position,
    Window,
    paged,
    structure_of,
    with_names,
)
from sqla_selection.arguments.filters import (
    AllOf,
    AnyOf,
    Applied,
    Compared,
    Opposite,
    Related,
)


class Base(DeclarativeBase):
    pass


class Upper(ColumnProperty.Comparator):
    def __eq__(self, other):
        return func.upper(self.__clause_element__()) == func.upper(other)


class ByValue(TypeDecorator):
    impl = Integer
    cache_ok = True

    def coerce_compared_value(self, op, value):
        return self if value < 10 else Integer()


class Thing(Base):
    __tablename__ = "things"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    price: Mapped[decimal.Decimal | None] = mapped_column(Numeric(6, 2))
    is_new: Mapped[bool | None] = mapped_column(Boolean)
    by_value: Mapped[int | None] = mapped_column(ByValue)
    upper = column_property(mapped_column("shout", String), comparator_factory=Upper)

    @hybrid_property
    def initial(self):
        return self.name[:1]

    @initial.inplace.expression
    @classmethod
    def _initial(cls):
        return func.substr(cls.name, 1, 1)


D = decimal.Decimal


@pytest.fixture
def session(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            Thing(id=one, name=name, price=price)
            for one, name, price in [
                (1, "a", D("1.50")),
                (2, "b", D("2.00")),
                (3, None, None),
                (4, "a", D("3.25")),
            ]
        )
        session.flush()
        yield session


def window(*parts, order=("id",)):
    return Window(AllOf(parts), tuple(OrderKey((), one) for one in order))


PAIRS = [
    [window(Compared("id", "eq", one)) for one in (1, 2)],
    [window(Compared("id", "ne", one)) for one in (1, 2**40)],
    [window(Compared("name", "lt", one)) for one in ("a", "b'")],
    [window(Compared("name", "gte", one)) for one in ("b", "é")],
    [window(Compared("price", "lte", one)) for one in (D("1.50"), D(3))],
    [window(Opposite(Compared("price", "gt", one))) for one in (D(1), D(2))],
    [
        window(
            AnyOf((Compared("id", "gt", one), Compared("name", "isNull", True))),
            Opposite(AllOf((Compared("name", "eq", name), Compared("id", "eq", one)))),
            order=("name", "id"),
        )
        for one, name in ((1, "a"), (3, "b"))
    ],
    [window(), window()],
    [Window(), Window()],
]


@pytest.mark.parametrize("pair", PAIRS)
def test_windows_that_differ_in_values_share_a_statement(pair, session, statements):
    structures = [structure_of(one) for one in pair]
    assert structures[0].key == structures[1].key
    named = with_names(pair[0], Thing)
    stmt = paged(select(Thing.id), named, Thing, "sqlite")
    for one, structure in zip(pair, structures, strict=True):
        expected = session.scalars(paged(select(Thing.id), one, Thing, "sqlite")).all()
        with statements() as counted:
            assert session.scalars(stmt, structure.values).all() == expected
        counted.expect(1)


def test_windows_that_ask_something_else_share_none():
    windows = [
        *(window(Compared("id", one, 1)) for one in ("eq", "ne", "lt", "gt")),
        window(Compared("id", "eq", 1.0)),
        window(Compared("price", "eq", 1)),
        window(Compared("id", "eq", 1), Compared("id", "eq", 1)),
        window(Opposite(Compared("id", "eq", 1))),
        window(AnyOf((Compared("id", "eq", 1),))),
        window(Compared("id", "isNull", True)),
        window(Compared("id", "isNull", False)),
        window(Compared("id", "eq", 1), order=()),
        window(Compared("id", "eq", 1), order=("name",)),
    ]
    assert len({structure_of(one).key for one in windows}) == len(windows)


@pytest.mark.parametrize(
    "asked",
    [
        window(Compared("id", "in", (1, 2))),
        window(Compared("id", "notIn", ())),
        window(Compared("name", "contains", "a")),
        window(Compared("is_new", "eq", True)),
        window(Compared("id", "eq", None)),
        window(Related("posts", "some", Compared("id", "eq", 1))),
        window(Applied("own", lambda *_: True, 1)),
        window(Opposite(AnyOf((Compared("id", "in", (1,)),)))),
        Window(order=(OrderKey(("author",), "name"),)),
        Window(order=(OrderKey((), lambda entity, info: entity.name),)),
        Window(limit=1),
        Window(offset=1),
        Window(is_connection=True),
    ],
)
def test_what_is_sql_of_its_own_for_a_value_has_no_structure(asked):
    assert structure_of(asked) is None


def test_each_field_of_a_window_is_in_its_structure():
    others = {
        "filter": Compared("id", "eq", 1),
        "order": (OrderKey((), "id"),),
        "limit": 1,
        "offset": 1,
        "after": Position((1,)),
        "before": Position((1,)),
        "is_backward": None,  # says where a limit counts from
        "is_connection": True,
    }
    assert others.keys() == {field.name for field in fields(Window)}
    plain = structure_of(Window())
    for name, value in others.items():
        if value is not None:
            structure = structure_of(replace(Window(), **{name: value}))
            assert structure is None or structure.key != plain.key, name


@pytest.mark.parametrize(
    "compared",
    [
        Compared("by_value", "eq", 1),
        Compared("upper", "eq", "a"),
        Compared("initial", "eq", "a"),
        Compared("id", "eq", 1.5),
    ],
    ids=lambda compared: compared.attribute,
)
def test_what_others_compare_has_no_names(compared):
    asked = window(Compared("id", "eq", 1), compared)
    assert structure_of(asked) is not None
    assert with_names(asked, Thing) is None
