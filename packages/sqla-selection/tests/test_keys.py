import pytest
from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    Table,
    and_,
    inspect,
    outerjoin,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    column_property,
    foreign,
    mapped_column,
    relationship,
)

from sqla_selection.keys import (
    finds_null,
    local_attributes,
    may_have_null_in_key,
    primary_key_of_target,
)

from .blog import Post, User


class Base(DeclarativeBase):
    pass


room = Table(
    "room",
    Base.metadata,
    Column("number", Integer, nullable=False),
    Column("wing", Integer),
    Column("level", Integer),
)
lock = Table(
    "lock",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Integer),
)


class Room(Base):
    __table__ = room
    __mapper_args__ = {"primary_key": [room.c.number, room.c.wing]}  # noqa: RUF012


class WholeRoom(Base):
    """The same rows, of which SQLAlchemy is to take none with NULL in the key."""

    __table__ = room
    __mapper_args__ = {  # noqa: RUF012
        "primary_key": [room.c.number, room.c.wing],
        "allow_partial_pks": False,
    }


class Place(Base):
    __tablename__ = "place"
    number: Mapped[int] = mapped_column(primary_key=True)
    wing: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "place"}  # noqa: RUF012


class LockedRoom(Base):
    __table__ = outerjoin(room, lock, room.c.number == lock.c.number)
    number = column_property(room.c.number, lock.c.number)
    __mapper_args__ = {"primary_key": [room.c.number, lock.c.id]}  # noqa: RUF012


def _to(target, *columns, **options):
    """Return a relationship that joins on number, and on *columns* of both sides."""
    pairs = [("number", "number"), *columns]
    return relationship(
        target,
        primaryjoin=lambda: and_(
            *(foreign(getattr(Guest, own)) == room.c[other] for own, other in pairs)
        ),
        viewonly=True,
        **options,
    )


WING = ("wing", "wing")


class Guest(Base):
    __tablename__ = "guest"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    wing: Mapped[int | None]
    level: Mapped[int | None]
    room: Mapped[Room] = _to(Room, WING)
    joined: Mapped[Room] = _to(Room, WING, lazy="joined")
    by_selectin: Mapped[Room] = _to(Room, WING, lazy="selectin")
    at_once: Mapped[Room] = _to(Room, WING, lazy="immediate")
    whole: Mapped[WholeRoom] = _to(WholeRoom, WING)
    on_level: Mapped[Room] = _to(Room, ("level", "level"), uselist=False)
    on_all: Mapped[Room] = _to(Room, WING, ("level", "level"), uselist=False)
    rooms: Mapped[list[Room]] = _to(Room, WING, uselist=True)


@pytest.mark.parametrize(
    ("model", "expected"),
    [(Room, True), (WholeRoom, False), (Place, False), (Guest, False)],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_key_may_have_null_where_one_of_its_columns_may(model, expected):
    assert may_have_null_in_key(inspect(model)) is expected


def test_a_key_may_have_null_after_an_outer_join():
    assert not lock.c.id.nullable
    assert may_have_null_in_key(inspect(LockedRoom))


def test_primary_key_of_target_is_in_the_order_of_the_target():
    key = primary_key_of_target(Guest.room.property)

    assert [str(column) for column in key] == ["guest.number", "guest.wing"]


@pytest.mark.parametrize("attribute", [Guest.on_level, Guest.on_all, Guest.rooms])
def test_primary_key_of_target_is_none_where_lazy_loading_takes_the_condition(
    attribute,
):
    assert primary_key_of_target(attribute.property) is None
    assert not finds_null(attribute.property)


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        (Guest.room, True),
        (Guest.at_once, True),
        (Guest.joined, False),
        (Guest.by_selectin, False),
        (Guest.whole, False),
    ],
)
def test_finds_null_where_lazy_loading_gets_the_target(attribute, expected):
    assert finds_null(attribute.property) is expected


class Site(Base):
    __tablename__ = "site"
    zone: Mapped[int] = mapped_column("a_zone", primary_key=True)
    area: Mapped[int] = mapped_column("z_area", primary_key=True)
    visits: Mapped[list["Visit"]] = relationship(back_populates="site")


class Visit(Base):
    __tablename__ = "visit"
    id: Mapped[int] = mapped_column(primary_key=True)
    a_site_area: Mapped[int] = mapped_column("site_area")
    b_site_zone: Mapped[int] = mapped_column("asite_zone")
    site: Mapped[Site] = relationship(back_populates="visits")
    guests: Mapped[list[Guest]] = relationship(secondary=lambda: visit_guest)
    __table_args__ = (
        ForeignKeyConstraint(
            ["site_area", "asite_zone"], ["site.z_area", "site.a_zone"]
        ),
    )


visit_guest = Table(
    "visit_guest",
    Base.metadata,
    Column("visit_id", ForeignKey("visit.id"), primary_key=True),
    Column("guest_id", ForeignKey("guest.id"), primary_key=True),
)


class TestLocalAttributes:
    def test_are_named_as_the_class_names_them(self):
        assert local_attributes(inspect(User), User.posts.property) == ("id",)
        assert local_attributes(inspect(Post), Post.author.property) == ("author_id",)

    def test_of_a_secondary_are_the_owners(self):
        assert local_attributes(inspect(Visit), Visit.guests.property) == ("id",)

    def test_are_in_the_order_of_the_names_of_their_columns(self):
        assert local_attributes(inspect(Site), Site.visits.property) == ("zone", "area")
        assert local_attributes(inspect(Visit), Visit.site.property) == (
            "b_site_zone",
            "a_site_area",
        )
