import datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from typing import ClassVar, Literal
from uuid import UUID

import pytest
from ariadne import make_executable_schema
from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Enum,
    ForeignKey,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    Uuid,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.declarative import ConcreteBase
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    foreign,
    mapped_column,
    object_session,
    reconstructor,
    relationship,
    selectinload,
)
from sqlalchemy.types import TypeDecorator

from ariadne_sqla import ConfigurationError, SQLAlchemyObjectType, SQLAlchemyQueryType
from ariadne_sqla.scaffold import mappers_in
from ariadne_sqla.verify import Difference, NotAsked
from ariadne_sqla.verify import verify as verify_in_time
from ariadne_sqla.verify.comparison import first_difference, order_differs
from ariadne_sqla.verify.database import own_database, reading_only
from ariadne_sqla.verify.generator import Queries
from ariadne_sqla.verify.of_models import connected, subject_of_models
from ariadne_sqla.verify.of_schema import subject_of_schema
from ariadne_sqla.verify.selections import Asked, Selection, smaller
from ariadne_sqla.verify.values import value_for

from . import blog

# What reads a relationship without a hint leaves a coroutine of aiosqlite behind, which
# is told of whenever it is freed.
pytestmark = pytest.mark.filterwarnings(
    "ignore:coroutine .* was never awaited:RuntimeWarning",
    "ignore:Exception ignored in. <coroutine:pytest.PytestUnraisableExceptionWarning",
)


def verify(subject, **options):
    return verify_in_time(subject, seconds=600, **options)


class Base(DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelves"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    things: Mapped[list["Thing"]] = relationship(
        back_populates="shelf", order_by="Thing.name"
    )


class Thing(Base):
    __tablename__ = "things"
    __mapper_args__ = {  # noqa: RUF012 - as SQLAlchemy reads it
        "polymorphic_on": "kind",
        "polymorphic_abstract": True,
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    shelf_id: Mapped[int | None] = mapped_column(ForeignKey("shelves.id"))
    shelf: Mapped[Shelf | None] = relationship(back_populates="things")


class Book(Thing):
    __tablename__ = "books"
    __mapper_args__ = {"polymorphic_identity": "book"}  # noqa: RUF012 - as above

    id: Mapped[int] = mapped_column(ForeignKey("things.id"), primary_key=True)
    pages: Mapped[int]

    @property
    def title(self) -> str:
        return f"{self.name} on {self.shelf.name}" if self.shelf else self.name


class Vase(Thing):
    __mapper_args__ = {"polymorphic_identity": "vase"}  # noqa: RUF012 - as above

    height: Mapped[int | None]


def test_every_answer_on_these_models_is_that_of_lazy_loading():
    shown = []

    result = verify(Base, progress=lambda *one: shown.append(one), seed=3)

    assert result.is_proven, "\n".join(map(str, result.differences))
    assert result.not_asked == []
    assert (result.classes, result.rows) == (4, 25)
    assert shown[0] == ("Book", 0)
    asked = [count for _, count in shown if count]
    assert result.answers == 4 * result.queries == 4 * len(asked)
    assert result.ways["eager, json"] >= result.queries
    assert result.ways.total() == result.answers
    assert result.queries > 30


def test_everything_is_asked_once_before_trees():
    def texts(found):
        return [str(one) for one in found]

    subject = subject_of_models(mappers_in(Base), lambda _: False)
    brief = texts(Queries(subject, Random(1)).brief())  # noqa: S311 - as below
    all_of_it = texts(Queries(subject, Random(1)).all())  # noqa: S311 - as below
    result = verify(Base, brief=True)

    shelf = "{ __typename id name things { __typename id kind name shelf_id"
    assert [one for one in brief if one.startswith(shelf)]
    assert "{ __typename title }" in brief
    assert not any("things { __typename shelf {" in one for one in brief)
    assert all_of_it[: len(brief)] == brief
    assert result.is_proven
    assert result.queries == len(brief) < len(all_of_it) / 2


def schema_of(**options):
    type_defs = """
        type Query { shelves: [Shelf!]! books: [Book!]! book(id: ID!): Book }
        type Shelf { name: String! things: [Thing!]! }
        interface Thing { name: String! shelf: Shelf }
        type Book implements Thing { name: String! shelf: Shelf title: String! }
        type Vase implements Thing { name: String! shelf: Shelf }
    """
    object_types = [
        SQLAlchemyObjectType("Shelf", Shelf, **options.pop("shelf", {})),
        SQLAlchemyObjectType("Book", Book, **options.pop("book", {})),
        SQLAlchemyObjectType("Vase", Vase),
    ]
    max_depth = options.get("max_depth", 9)
    query = SQLAlchemyQueryType(object_types, max_depth=max_depth)
    return make_executable_schema(type_defs, query, *object_types)


def test_a_schema_is_asked_by_its_own_root_fields():
    result = verify(schema_of(book={"requires": {"title": ["name", "shelf.name"]}}))

    assert result.is_proven, "\n".join(map(str, result.differences))
    assert result.not_asked == [
        NotAsked("Query.book", "has an argument 'id', which must be given")
    ]


def levels_of(selection):
    fields = [
        *selection.fields,
        *(f for one in selection.fragments for f in one.fields),
    ]
    return 1 + max((levels_of(one.below) for one in fields if one.below), default=0)


@pytest.mark.parametrize(("max_depth", "levels"), [(1, 1), (2, 2), (3, 3), (9, 4)])
def test_a_schema_is_asked_no_deeper_than_it_lets_clients(max_depth, levels):
    schema = schema_of(max_depth=max_depth)
    subject = subject_of_schema(schema, None, [], lambda where: False)
    asked = [*Queries(subject, Random(1)).all()]  # noqa: S311 - to choose queries

    assert max(map(levels_of, asked)) == levels


def test_rows_that_a_strategy_leaves_out_are_a_difference():
    def no_vases(things):
        return selectinload(things.and_(Thing.kind != "vase"))

    result = verify(schema_of(shelf={"strategies": {"things": no_vases}}))

    difference = next(one for one in result.differences if one.kind == "rows")
    assert difference.query == "{ rows: shelves { __typename things { __typename } } }"
    assert '{"__typename": "Vase"}' not in difference.got
    assert '{"__typename": "Vase"}' in difference.want


def test_a_hint_that_lies_is_an_n_plus_1():
    result = verify(schema_of(book={"requires": {"title": ["name"]}}))

    found = {one.query: one for one in result.differences if one.kind == "n+1"}
    assert "SELECT shelves." in found["{ rows: books { __typename title } }"].got


def test_a_hint_that_loads_what_nobody_reads_is_told_with_its_rows():
    result = verify(schema_of(shelf={"requires": {"name": ["things.shelf.things"]}}))

    found = {one.query: one for one in result.differences if one.kind == "reads"}
    difference = found["{ rows: shelves { __typename name } }"]
    assert " rows read, " in difference.got
    assert difference.want.startswith("at most ")
    assert difference.want.endswith(", as lazy loading reads 10")


def test_what_is_excluded_is_not_asked():
    lies = {"requires": {"title": ["name"]}}

    result = verify(schema_of(book=lies), exclude=["*.title"])

    assert result.is_proven
    assert NotAsked("Book.title", "is excluded") in result.not_asked
    assert verify(Base, exclude=["Thing", "Book", "Vase"]).classes == 1


def test_a_database_that_is_given_is_asked_and_never_written(engine):
    blog.Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(blog.User(name="Ada", posts=[blog.Post(title="One")]))
        session.commit()

    result = verify(blog.Base, engine=engine)

    assert result.is_proven
    assert result.rows == 2
    with (
        reading_only(engine),
        engine.connect() as connection,
        pytest.raises(OperationalError, match="readonly"),
    ):
        connection.execute(text("DELETE FROM users"))
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM posts"))


def test_a_page_is_compared_with_the_first_rows_of_a_longer_collection(engine):
    blog.Base.metadata.create_all(engine)
    with Session(engine) as session:
        tag = blog.Tag(name="new")
        posts = [blog.Post(title=f"{n}", tags=[tag]) for n in range(59)]
        session.add(blog.User(name="Ada", posts=posts))
        session.commit()
    type_defs = """
        type Query { users: [User!]! tags: [Tag!]! }
        type User { name: String! posts(limit: Int): [Post!]! }
        type Tag { name: String! posts(limit: Int): [Post!]! }
        type Post { title: String! }
    """
    object_types = [
        SQLAlchemyObjectType("User", blog.User),
        SQLAlchemyObjectType("Tag", blog.Tag),
        SQLAlchemyObjectType("Post", blog.Post, page_size=20, max_page_size=100),
    ]
    schema = make_executable_schema(type_defs, SQLAlchemyQueryType(object_types))

    result = verify(schema, engine=engine)

    assert result.is_proven, "\n".join(map(str, result.differences))
    assert result.not_asked == []


def test_what_cannot_be_told_not_to_write_is_refused(engine, monkeypatch):
    monkeypatch.setattr(engine.dialect, "name", "oracle")

    with (
        pytest.raises(ConfigurationError, match="'oracle' cannot be told"),
        reading_only(engine),
    ):
        pass


def test_rows_respect_keys_and_have_nulls():
    with own_database(mappers_in(Base)) as engine, Session(engine) as session:
        shelves = {shelf.id for shelf in session.scalars(select(Shelf))}
        names = session.scalars(select(Shelf.name)).all()
        held = set(session.scalars(select(Thing.shelf_id)))
        books = session.scalar(select(func.count()).select_from(Book))
        vases = session.scalar(select(func.count()).select_from(Vase))

    assert len(set(names)) == len(names) == 10
    assert held - {None} <= shelves
    assert None in held
    assert len(held) > 2
    assert (books, vases) == (5, 5)


def test_a_join_that_calls_a_key_foreign_leaves_the_key_its_rows():
    class Sources(DeclarativeBase):
        pass

    class Run(Sources):
        __tablename__ = "runs"
        __table_args__ = (UniqueConstraint("job", "number"),)
        id: Mapped[int] = mapped_column(primary_key=True)
        job: Mapped[str]
        number: Mapped[int]
        retries: Mapped[list["Retry"]] = relationship(back_populates="run")

    class Retry(Sources):
        __tablename__ = "retries"
        id: Mapped[int] = mapped_column(primary_key=True)
        run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
        run: Mapped[Run] = relationship(back_populates="retries")
        first: Mapped[Run | None] = relationship(
            primaryjoin=run_id == foreign(Run.id), viewonly=True, uselist=False
        )

    class Event(Sources):
        __tablename__ = "events"
        id: Mapped[int] = mapped_column(primary_key=True)
        job: Mapped[str | None] = mapped_column()
        number: Mapped[int | None] = mapped_column()
        run: Mapped[Run | None] = relationship(
            primaryjoin=(job == foreign(Run.job)) & (number == foreign(Run.number)),
            viewonly=True,
            uselist=False,
        )

    with own_database(mappers_in(Sources)) as engine, Session(engine) as session:
        runs = len(session.scalars(select(Run)).all())
        led = [retry.run for retry in session.scalars(select(Retry))]
        told = [event.run for event in session.scalars(select(Event))]

    assert runs == len(led) == len(told) == 10
    assert None not in led
    assert len({*told} - {None}) > 2


class Commas(TypeDecorator[list[str]]):
    """A type of an application's that refuses what it does not know."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if not isinstance(value, list):
            raise TypeError(value)
        return ",".join(value)

    def process_result_value(self, value, dialect):
        return value.split(",")


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        (Boolean(), [True, False]),
        (Integer(), [1, 2]),
        (String(3), ["0 a", "1 b"]),
        (Numeric(5, 2), [Decimal("0.25"), Decimal("1.25")]),
        (Enum("red", "blue"), ["red", "blue"]),
        (Uuid(), [UUID(int=1), UUID(int=2)]),
        (JSON(), [{"key": n, "nested": {"item": None}} for n in (0, 1)]),
        (Commas(), [["item 0"], ["item 1"]]),
    ],
)
def test_a_column_gets_values_that_it_takes(type_, values):
    column, random = Column("one", type_), Random(1)  # noqa: S311 - no secret
    made = [
        value_for(column, n, random, sqlite.dialect(), differs=True) for n in (0, 1)
    ]

    assert made == values


def test_a_column_gets_a_pydantic_model_that_its_type_holds():
    pydantic = pytest.importorskip("pydantic")

    class Step(pydantic.BaseModel):
        kind: Literal["wait", "call"]
        seconds: int = pydantic.Field(ge=5)
        below: list["Step"] = pydantic.Field(default_factory=list)

    class Settings(pydantic.BaseModel):
        name: str
        start: datetime.datetime
        every: str = pydantic.Field(examples=["0 0 * * *"])
        steps: list[Step]
        label: UUID | None = None
        extra: dict[str, int] = pydantic.Field(default_factory=dict)

        @pydantic.field_validator("every")
        @classmethod
        def has_five_parts(cls, value):
            assert len(value.split()) == 5
            return value

    class Document(TypeDecorator[Settings]):
        impl = JSON
        cache_ok = True
        model: type[pydantic.BaseModel] = Settings

        def process_bind_param(self, value, dialect):
            return value.model_dump(mode="json")

        def process_result_value(self, value, dialect):
            return self.model.model_validate(value)

    class Adapted(TypeDecorator[Settings]):
        impl = JSON
        cache_ok = True

        def __init__(self):
            super().__init__()
            self._adapter = pydantic.TypeAdapter(list[Step])

        def process_bind_param(self, value, dialect):
            return self._adapter.dump_python(value, mode="json")

        def process_result_value(self, value, dialect):
            return self._adapter.validate_python(value)

    def made(type_):
        column, random = Column("one", type_), Random(1)  # noqa: S311 - as above
        return [
            value_for(column, n, random, sqlite.dialect(), differs=True) for n in (0, 1)
        ]

    least, most = made(Document())
    assert type(least) is type(most) is Settings
    assert (least.name, most.name) == ("value 0", "value 1")
    assert least.every == "0 0 * * *"
    assert least.steps == [Step(kind="wait", seconds=5)]
    assert (least.label, least.extra) == (None, {})
    assert (most.label, most.extra) == (UUID(int=2), {"key 1": 1})
    assert [*map(type, made(Adapted())[0])] == [Step]


class Sealed(TypeDecorator[str]):
    """A type that takes nothing: nobody set its key."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value, dialect):
        raise LookupError(value)


class Vaults(DeclarativeBase):
    pass


class Vault(Vaults):
    __tablename__ = "vaults"
    __mapper_args__ = {  # noqa: RUF012 - as above
        "polymorphic_on": "kind",
        "polymorphic_identity": "vault",
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    labels: Mapped[list[str]] = mapped_column(MutableList.as_mutable(JSON()))
    secret: Mapped[str] = mapped_column(Sealed())
    coins: Mapped[list["Coin"]] = relationship()

    @property
    def weigh(self):
        return lambda info: f"{self.id} ounces"

    @property
    def mint(self):
        return Coin


class Old(Vault):
    __mapper_args__ = {"polymorphic_identity": "old"}  # noqa: RUF012 - as above

    name = property(lambda self: f"old {self.kind}")


class Coin(Vaults):
    __tablename__ = "coins"

    id: Mapped[int] = mapped_column(primary_key=True)
    vault_id: Mapped[int | None] = mapped_column(ForeignKey("vaults.id"))
    metal: Mapped[str] = mapped_column(CheckConstraint("metal IN ('gold', 'tin')"))


def test_what_a_class_refuses_to_load_is_made_anew():
    not_asked = []
    with (
        own_database(mappers_in(Vaults), not_asked=not_asked) as engine,
        Session(engine) as session,
    ):
        vaults = session.scalars(select(Vault)).all()

        assert len(vaults) == 10
        assert vaults[0].labels[0].startswith("item ")
        assert {vault.secret for vault in vaults} == {None}
    assert not_asked == [
        NotAsked(
            "vaults.secret",
            "is NULL in each row: no value is known that its type takes and gives back",
        ),
        NotAsked(
            "coins",
            "has no rows: those that are made for it are refused: "
            "CHECK constraint failed: metal IN ('gold', 'tin')",
        ),
    ]


class Staff(DeclarativeBase):
    pass


class Person(ConcreteBase, Staff):
    __tablename__ = "people"
    __mapper_args__ = {"polymorphic_identity": "person"}  # noqa: RUF012 - as above

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Engineer(Person):
    __tablename__ = "engineers"
    __mapper_args__ = {  # noqa: RUF012 - as above
        "polymorphic_identity": "engineer",
        "concrete": True,
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str]


def test_concrete_classes_have_rows():
    not_asked = []
    with (
        own_database(mappers_in(Staff), not_asked=not_asked) as engine,
        Session(engine) as session,
    ):
        people = session.scalars(select(Person)).all()

    assert {type(one) for one in people} == {Person, Engineer}
    assert not_asked == []


class Signs(DeclarativeBase):
    pass


class Sign(Signs):
    __tablename__ = "signs"
    __mapper_args__ = {"primary_key": ["place"]}  # noqa: RUF012 - as above

    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str]


def test_a_subclass_with_a_type_of_another_database_has_rows():
    class Base(DeclarativeBase):
        pass

    class Staff(Base):
        __tablename__ = "staff"
        __mapper_args__: ClassVar = {
            "polymorphic_on": "kind",
            "polymorphic_identity": "staff",
        }
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str]

    class Doctor(Staff):
        __tablename__ = "doctors"
        __mapper_args__: ClassVar = {"polymorphic_identity": "doctor"}
        id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
        languages: Mapped[list[str]] = mapped_column(postgresql.ARRAY(String))
        speciality: Mapped[str]
        visits: Mapped[list["Visit"]] = relationship(back_populates="doctor")

    class Visit(Base):
        __tablename__ = "visits"
        id: Mapped[int] = mapped_column(primary_key=True)
        doctor_id: Mapped[int] = mapped_column(ForeignKey("doctors.id"))
        doctor: Mapped[Doctor] = relationship(back_populates="visits")

    not_asked = []
    with (
        own_database(mappers_in(Base), not_asked=not_asked) as engine,
        Session(engine) as session,
    ):
        found = [visit.doctor for visit in session.scalars(select(Visit))]

    assert found
    assert all(one.speciality for one in found)
    why = "is NULL in each row: no value is known that its type takes and gives back"
    assert not_asked == [NotAsked("doctors.languages", why)]


def test_a_key_that_only_the_mapping_knows_has_different_values():
    with own_database(mappers_in(Signs)) as engine, Session(engine) as session:
        assert len(session.scalars(select(Sign)).unique().all()) == 10


class Folders(DeclarativeBase):
    pass


class Folder(Folders):
    __tablename__ = "folders"

    id: Mapped[int] = mapped_column(primary_key=True)
    is_sealed: Mapped[bool]
    up_id: Mapped[int | None] = mapped_column(ForeignKey("folders.id"))
    before_id: Mapped[int | None] = mapped_column(ForeignKey("folders.id"), unique=True)
    up: Mapped["Folder | None"] = relationship(remote_side=id, foreign_keys=up_id)

    @reconstructor
    def unseal(self):
        if self.is_sealed and self.id % 3:
            msg = "no key is set"
            raise LookupError(msg)

    @property
    def path(self):
        names, at = [], self
        while at is not None:
            names.append(str(at.id))
            at = at.up
        return "/".join(names)


def test_rows_of_one_table_make_trees_and_those_that_do_not_load_are_dropped():
    not_asked = []
    with (
        own_database(mappers_in(Folders), not_asked=not_asked) as engine,
        Session(engine) as session,
    ):
        folders = session.scalars(select(Folder)).all()
        assert max(folder.path.count("/") for folder in folders) > 1
        before = [one.before_id for one in folders if one.before_id is not None]

    assert len(before) == len({*before}) > 2
    assert 2 < len(folders) < 10
    lacking = 10 - len(folders)
    assert not_asked == [
        NotAsked(
            "Folder",
            f"lacks {lacking} of its rows, which it refuses: no key is set",
        )
    ]


class Rounds(DeclarativeBase):
    pass


class Team(Rounds):
    __tablename__ = "teams"

    id: Mapped[int] = mapped_column(primary_key=True)
    best_id: Mapped[int | None] = mapped_column(ForeignKey("players.id"))
    best: Mapped["Player | None"] = relationship(foreign_keys=best_id)

    @property
    def bests(self):
        found, team = [], self
        while team is not None and team.best is not None:
            assert team.best not in found
            found.append(team.best)
            team = team.best.team
        return found


class Player(Rounds):
    __tablename__ = "players"

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    team: Mapped[Team | None] = relationship(foreign_keys=team_id)


class Captain(Player):
    __tablename__ = "captains"

    id: Mapped[int] = mapped_column(ForeignKey("players.id"), primary_key=True)
    after_id: Mapped[int | None] = mapped_column(ForeignKey("players.id"))
    after: Mapped[Player | None] = relationship(
        foreign_keys=after_id, primaryjoin=after_id == Player.id
    )
    __mapper_args__ = {  # noqa: RUF012 - as above
        "inherit_condition": id == Player.id
    }


def test_rows_of_tables_that_lead_to_each_other_make_trees():
    mappers = mappers_in(Rounds)
    lengths = set()
    for seed in range(1, 9):
        with own_database(mappers, seed=seed) as engine, Session(engine) as session:
            lengths |= {len(team.bests) for team in session.scalars(select(Team))}
            captains = session.scalars(select(Captain)).all()
            assert all(one.after_id < one.id for one in captains if one.after_id)

    assert max(lengths) > 1


class Clocks(DeclarativeBase):
    pass


class Clock(Clocks):
    __tablename__ = "clocks"

    id: Mapped[int] = mapped_column(primary_key=True)
    alarms: Mapped[list["Alarm"]] = relationship(back_populates="clock")

    @property
    def ticks(self):
        return next(ticks)

    @property
    def alarm_count(self):
        own = select(func.count()).where(Alarm.clock_id == self.id)
        return object_session(self).scalar(own)

    @property
    def first_alarms(self):
        if not hasattr(self, "_found"):
            own = select(Alarm).where(Alarm.clock_id == self.id).order_by(Alarm.id)
            self._found = object_session(self).scalars(own.limit(2)).all()
        return self._found


class Alarm(Clocks):
    __tablename__ = "alarms"

    id: Mapped[int] = mapped_column(primary_key=True)
    clock_id: Mapped[int | None] = mapped_column(ForeignKey("clocks.id"))
    clock: Mapped[Clock | None] = relationship(back_populates="alarms")


ticks = count()


def test_what_lazy_loading_answers_otherwise_each_time_is_not_asked():
    result = verify(Clocks)

    where = NotAsked("Clock.ticks", "lazy loading has another answer each time")
    assert result.not_asked == [where]
    assert not any("ticks" in one.query for one in result.differences)


def test_code_that_runs_statements_is_asked_alone():
    # So that the statements of other fields can be counted in all other queries.
    result = verify(Clocks)

    assert {(one.kind, one.query) for one in result.differences} == {
        ("n+1", "{ rows: eager_Clock { __typename alarm_count } }"),
        ("n+1", "{ rows: eager_Clock { __typename first_alarms } }"),
    }


class Choirs(DeclarativeBase):
    pass


class Choir(Choirs):
    __tablename__ = "choirs"

    id: Mapped[int] = mapped_column(primary_key=True)
    singers: Mapped[list["Singer"]] = relationship()

    @property
    def songs(self):
        for singer in self.singers:
            yield from singer.songs


class Singer(Choirs):
    __tablename__ = "singers"

    id: Mapped[int] = mapped_column(primary_key=True)
    choir_id: Mapped[int | None] = mapped_column(ForeignKey("choirs.id"))
    songs: Mapped[list["Song"]] = relationship()


class Song(Choirs):
    __tablename__ = "songs"

    id: Mapped[int] = mapped_column(primary_key=True)
    singer_id: Mapped[int | None] = mapped_column(ForeignKey("singers.id"))


def test_a_property_that_is_a_generator_reads_on_an_async_session():
    result = verify(Choirs, brief=True, thorough=True)

    assert "own resolver, AsyncSession" in result.ways
    assert {one.kind for one in result.differences} <= {"n+1"}


def test_what_can_be_called_is_called_as_by_the_default_resolver():
    result = verify(Vaults, seed=2)

    assert result.is_proven, "\n".join(map(str, result.differences))
    found = [one.why for one in result.not_asked if one.where.endswith(".mint")]
    assert found
    for why in found:
        assert why.startswith("lazy loading cannot read it: ")
        assert why.endswith("takes 1 positional argument but 2 were given")


def test_a_database_of_the_tools_own_is_gone_afterwards():
    with own_database(mappers_in(blog.Base)) as engine:
        assert inspect(engine).has_table("users")
        path = engine.url.database

    assert not Path(path).exists()


def test_classes_that_nothing_connects_are_verified_apart():
    class Alone(Base):
        __tablename__ = "alone"
        id: Mapped[int] = mapped_column(primary_key=True)

    try:
        groups = connected(mappers_in(Base))
        names = [[mapper.class_.__name__ for mapper in group] for group in groups]
        assert names == [["Alone"], ["Book", "Shelf", "Thing", "Vase"]]
    finally:
        Base.registry._dispose_cls(Alone)
        Base.metadata.remove(Alone.__table__)


def test_a_smaller_selection_asks_for_half_first():
    selection = Selection("User", tuple(map(Asked, ("a", "b", "c", "d"))))

    first, second, *others = map(str, smaller(selection))
    assert (first, second) == ("{ __typename a b }", "{ __typename c d }")
    assert others[0] == "{ __typename b c d }"


def test_a_smaller_selection_asks_for_one_piece_less():
    below = Selection("Post", (Asked("title", alias="a_title", directive="@skip"),))
    selection = Selection("User", (Asked("name"), Asked("posts", below)))

    assert {str(one) for one in smaller(selection)} == {
        "{ __typename posts { __typename a_title: title @skip } }",
        "{ __typename name }",
        "{ __typename name posts { __typename } }",
        "{ __typename name posts { __typename title } }",
    }


def test_the_order_of_rows_counts_where_the_mapping_has_one():
    subject = subject_of_models(mappers_in(Base), lambda _: False)
    selection = Selection("Shelf", (Asked("things", Selection("Thing")),))

    def shelf(*names):
        return [{"things": [{"name": name} for name in names]}]

    assert order_differs(subject, selection, shelf("a", "b"), shelf("b", "a"))
    assert not order_differs(subject, selection, shelf("a", "b"), shelf("a", "b"))
    assert first_difference(shelf("a"), shelf("b")) == (
        'rows[0].things[0].name: "a"',
        'rows[0].things[0].name: "b"',
    )


def test_a_difference_shows_the_query_and_both_answers():
    difference = Difference("rows", "eager, graphql", "{ rows }", "1", "2")

    assert str(difference) == (
        "rows, eager, graphql\n    { rows }\n    got:  1\n    want: 2"
    )


def test_a_schema_without_bound_types_is_refused():
    with pytest.raises(ConfigurationError, match="nothing to verify"):
        verify(make_executable_schema("type Query { a: Int }"))


class Menus(DeclarativeBase):
    pass


class Menu(Menus):
    __tablename__ = "menus"
    __mapper_args__ = {"polymorphic_on": "kind"}  # noqa: RUF012 - as above

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    names = association_proxy("dishes", "name")


class Lunch(Menu):
    __mapper_args__ = {"polymorphic_identity": "lunch"}  # noqa: RUF012 - as above

    dishes: Mapped[list["Dish"]] = relationship()


class Dish(Menus):
    __tablename__ = "dishes"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    menu_id: Mapped[int | None] = mapped_column(ForeignKey("menus.id"))


def test_a_proxy_that_only_a_subclass_can_read_is_asked_of_its_rows():
    result = verify(Menus)

    assert result.is_proven, "\n".join(map(str, result.differences))
    assert result.not_asked == []
