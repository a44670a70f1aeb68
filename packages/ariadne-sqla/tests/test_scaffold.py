import enum
import sys
import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import ModuleType

import pytest
from ariadne import graphql_sync
from graphql import build_schema
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
)
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    registry,
    relationship,
)
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import TypeDecorator

from ariadne_sqla import ConfigurationError
from ariadne_sqla.check import check_schema
from ariadne_sqla.scaffold import LeftOut, imported, mappers_in, models_of, scaffold
from sqla_loaders import LoaderRegistry
from sqla_loaders.testing import count_statements

from . import blog


class Level(enum.Enum):
    LOW = 1
    HIGH = 2


class Words(TypeDecorator[list[str]]):
    impl = String
    cache_ok = True

    def process_result_value(self, value, dialect):
        return value.split()


class Base(DeclarativeBase):
    pass


class Staff(Base):
    __tablename__ = "staff"
    __mapper_args__ = {  # noqa: RUF012 - as SQLAlchemy reads it
        "polymorphic_on": "kind",
        "polymorphic_identity": "staff",
    }

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    boss_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    boss: Mapped["Staff | None"] = relationship(remote_side=id)
    papers: Mapped[list["Paper"]] = relationship(back_populates="owner")


class Manager(Staff):
    __mapper_args__ = {"polymorphic_identity": "manager"}  # noqa: RUF012 - as above

    budget: Mapped[Decimal | None]


class Paper(Base):
    __tablename__ = "papers"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    level: Mapped[Level]
    state: Mapped[str] = mapped_column(Enum("open", "closed", name="states"))
    odd: Mapped[str] = mapped_column(Enum("not a name", name="odd"))
    views: Mapped[int] = mapped_column(BigInteger)
    written_on: Mapped[date]
    at: Mapped[datetime | None]
    opens: Mapped[time]
    took: Mapped[timedelta]
    words: Mapped[list[str]] = mapped_column(Words)
    extra: Mapped[dict[str, int]] = mapped_column(JSON)
    scan: Mapped[bytes] = mapped_column(LargeBinary)
    api_key: Mapped[str]
    access_token: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    owner: Mapped[Staff] = relationship(back_populates="papers")

    @hybrid_property
    def double(self) -> int:
        return self.views * 2


def type_in(sdl, name):
    schema = build_schema(sdl)
    return {
        field: (str(definition.type), sorted(definition.args))
        for field, definition in schema.type_map[name].fields.items()
    }


PAGED = ["filter", "limit", "offset", "orderBy"]


def test_columns_and_relationships_are_as_nullable_as_constraints_say():
    sdl = scaffold(Base).sdl

    assert type_in(sdl, "Paper") == {
        "id": ("ID!", []),
        "level": ("Level!", []),
        "state": ("PaperState!", []),
        "odd": ("String!", []),
        "views": ("BigInt!", []),
        "writtenOn": ("Date!", []),
        "at": ("DateTime", []),
        "opens": ("Time!", []),
        "took": ("Duration!", []),
        "words": ("JSON!", []),
        "extra": ("JSON!", []),
        "double": ("BigInt", []),
        "owner": ("Staff!", []),
    }


def test_rows_of_subclasses_are_of_an_interface():
    sdl = scaffold(Base).sdl
    schema = build_schema(sdl)

    staff = {
        "id": ("ID!", []),
        "name": ("String!", []),
        "boss": ("Staff", []),
        "papers": ("[Paper!]!", PAGED),
    }
    assert type_in(sdl, "Staff") == type_in(sdl, "BaseStaff") == staff
    assert type_in(sdl, "Manager") == {**staff, "budget": ("Decimal", [])}
    interface = schema.type_map["Staff"]
    assert {one.name for one in schema.get_possible_types(interface)} == {
        "BaseStaff",
        "Manager",
    }


def test_root_fields_are_a_list_of_each_class_and_one_object_by_its_key():
    assert type_in(scaffold(Base).sdl, "Query") == {
        "managers": ("[Manager!]!", PAGED),
        "manager": ("Manager", ["id"]),
        "papers": ("[Paper!]!", PAGED),
        "paper": ("Paper", ["id"]),
        "staffs": ("[Staff!]!", PAGED),
        "staff": ("Staff", ["id"]),
    }


def test_what_no_field_shows_is_told():
    assert set(scaffold(Base, exclude=["Paper.extra"]).left_out) == {
        LeftOut("Paper.extra", "is excluded"),
        LeftOut("Paper.scan", "is binary data"),
        LeftOut("Paper.api_key", "looks like a secret"),
        LeftOut("Paper.access_token", "looks like a secret"),
        LeftOut("Staff.kind", "tells the class, as __typename does"),
        LeftOut("Manager.kind", "tells the class, as __typename does"),
    }


def test_only_the_classes_that_are_named_are_shown():
    sdl = scaffold(blog.Base, types=["User", "Tag"]).sdl

    assert set(type_in(sdl, "User")) == {"id", "name"}
    assert "Post" not in sdl


def test_an_excluded_class_takes_what_leads_to_it_along():
    made = scaffold(blog.Base, exclude=["T*"])

    assert set(type_in(made.sdl, "Post")) == {"id", "title", "longText", "author"}
    assert made.left_out == (LeftOut("Post.tags", "leads to Tag, which is not shown"),)


def test_names_keep_the_case_of_attributes_where_that_is_wanted():
    sdl = scaffold(blog.Base, camel_case=False).sdl

    assert "long_text" in type_in(sdl, "Post")
    assert type_in(sdl, "User")["posts"][1] == ["filter", "limit", "offset", "order_by"]


def bound(made, tmp_path, monkeypatch, module=None):
    """Import the bindables as somebody would who saved both files."""
    text = made.bindables
    if module is not None:  # its name here is none that could be imported
        monkeypatch.setitem(sys.modules, "mapped_here", sys.modules[module])
        text = text.replace(module, "mapped_here")
    (tmp_path / "schema.graphql").write_text(made.sdl)
    (tmp_path / "bindables.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "bindables", raising=False)
    import bindables

    return bindables.schema


def answer(schema, engine, query):
    """Return what is answered, and the statements that ran."""
    with Session(engine) as session, count_statements(engine) as statements:
        context = {"session": session, "loader_registry": LoaderRegistry(session)}
        _, result = graphql_sync(schema, {"query": query}, context_value=context)
    assert "errors" not in result, result
    return result["data"], statements


def test_the_bindables_answer_with_filters_orders_and_pages(
    engine, tmp_path, monkeypatch
):
    blog.Base.metadata.create_all(engine)
    with Session(engine) as session:
        posts = [blog.Post(title=title) for title in "abc"]
        session.add(blog.User(name="Ada", posts=posts))
        session.commit()
    made = scaffold(blog.Base, connections=True)
    schema = bound(made, tmp_path, monkeypatch, blog.__name__)

    data, statements = answer(
        schema,
        engine,
        """{
            users(filter: {posts: {some: {title: {eq: "b"}}}}) {
                posts(orderBy: [TITLE_DESC], limit: 2) { title longText }
                postsConnection(first: 1) { edges { node { title } } totalCount }
            }
            user(id: 1) { name }
            usersConnection(first: 1) { edges { node { name } } }
        }""",
    )

    user = {
        "posts": [
            {"title": "c", "longText": "long"},
            {"title": "b", "longText": "long"},
        ],
        "postsConnection": {"edges": [{"node": {"title": "a"}}], "totalCount": 3},
    }
    assert data == {
        "users": [user],
        "user": {"name": "Ada"},
        "usersConnection": {"edges": [{"node": {"name": "Ada"}}]},
    }
    statements.expect(6)


def test_every_scalar_answers(engine, tmp_path, monkeypatch):
    Base.metadata.create_all(engine)
    key = uuid.UUID(int=7)
    with Session(engine) as session:
        paper = Paper(
            id=key,
            level=Level.HIGH,
            state="open",
            odd="not a name",
            views=2**40,
            written_on=date(2024, 2, 29),
            at=datetime(2024, 2, 29, 12),
            opens=time(9, 30),
            took=timedelta(minutes=1),
            words="one two",
            extra={"a": 1},
            scan=b"",
            api_key="",
            access_token="",
        )
        session.add(Manager(name="Ada", budget=Decimal("1.5"), papers=[paper]))
        session.commit()
    made = scaffold(Base)
    assert "from ariadne_sqla.scalars import scalars" in made.bindables
    assert "ScalarType" not in made.bindables
    schema = bound(made, tmp_path, monkeypatch, __name__)

    data, statements = answer(
        schema,
        engine,
        """{
            papers(filter: {
                level: {eq: HIGH}, state: {in: [open]}, views: {gt: "5"},
                writtenOn: {lte: "2024-03-01"}, took: {eq: 60},
                owner: {name: {icontains: "AD"}}
            }) {
                id level state odd views writtenOn at opens took words extra double
                owner { __typename name ... on Manager { budget } }
            }
        }""",
    )

    assert data["papers"] == [
        {
            "id": str(key),
            "level": "HIGH",
            "state": "open",
            "odd": "not a name",
            "views": "1099511627776",
            "writtenOn": "2024-02-29",
            "at": "2024-02-29T12:00:00",
            "opens": "09:30:00",
            "took": 60.0,
            "words": ["one", "two"],
            "extra": {"a": 1},
            "double": "2199023255552",
            "owner": {"__typename": "Manager", "name": "Ada", "budget": "1.5000000000"},
        }
    ]
    statements.expect(3)  # papers, their owners, and what only managers have


def test_a_scaffold_fits_its_models_but_for_indexes(tmp_path, monkeypatch):
    schema = bound(scaffold(Base), tmp_path, monkeypatch, __name__)

    codes = {finding.code for finding in check_schema(schema)}
    assert codes == {"filter-index", "foreign-key-index"}


def test_automapped_classes_are_read_where_their_base_is(engine, tmp_path, monkeypatch):
    blog.Base.metadata.create_all(engine)
    module = ModuleType("mapped_here")
    module.Base = automap_base()
    monkeypatch.setitem(sys.modules, "mapped_here", module)
    with pytest.raises(ConfigurationError, match=r"Call its `prepare\(\)` first"):
        scaffold(module.Base)
    module.Base.prepare(autoload_with=engine)

    made = scaffold(module.Base, base="mapped_here:Base")
    schema = bound(made, tmp_path, monkeypatch)

    assert "Users" in schema.type_map
    data, statements = answer(schema, engine, "{ posts { title users { name } } }")
    assert data == {"posts": []}
    statements.expect(1)


def test_models_are_written_of_a_database(engine):
    pytest.importorskip("sqlacodegen")
    blog.Base.metadata.create_all(engine)

    with imported(models_of(engine), "models") as module:
        made = scaffold(module)

    assert "from models import Post, Tag, User" in made.bindables
    assert set(type_in(made.sdl, "Post")) == {
        "id",
        "title",
        "longText",
        "author",
        "tags",
    }
    assert "models" not in sys.modules


def test_a_unique_foreign_key_of_sqlite_makes_a_relationship_of_one_object():
    pytest.importorskip("sqlacodegen")
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE users (id varchar(9) PRIMARY KEY)")
        connection.exec_driver_sql(
            "CREATE TABLE profiles (id integer PRIMARY KEY, "
            "user_id varchar(9) NOT NULL UNIQUE REFERENCES users (id))"
        )

    with imported(models_of(engine), "models") as module:
        [shown] = [
            type_
            for name, type_ in type_in(scaffold(module).sdl, "User").items()
            if name != "id"
        ]

    assert shown == ("Profile", [])


def test_two_ways_to_one_table_are_named_as_their_foreign_keys(tmp_path, monkeypatch):
    pytest.importorskip("sqlacodegen")
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        for statement in (
            "CREATE TABLE places (code varchar(9) PRIMARY KEY)",
            "CREATE TABLE moves (id integer PRIMARY KEY, "
            "from_place varchar(9) NOT NULL REFERENCES places (code), "
            "to_place varchar(9) REFERENCES places (code))",
            "INSERT INTO places VALUES ('a'), ('b')",
            "INSERT INTO moves VALUES (1, 'a', 'b'), (2, 'b', 'a')",
        ):
            connection.exec_driver_sql(statement)
    with imported(models_of(engine), "models") as module:
        made = scaffold(module)
        shown = type_in(made.sdl, "Move")
        schema = bound(made, tmp_path, monkeypatch)

    assert {name: type_ for name, (type_, _) in shown.items()} == {
        "id": "ID!",
        "fromPlace": "Place!",
        "toPlace": "Place",
    }
    data, statements = answer(
        schema,
        engine,
        """{ moves(filter: {fromPlace: {code: {eq: "b"}}}) {
            fromPlace { code } toPlace { code }
        } }""",
    )
    assert data == {"moves": [{"fromPlace": {"code": "b"}, "toPlace": {"code": "a"}}]}
    statements.expect(1)


class Boxes(DeclarativeBase):
    pass


class Bin(Boxes):
    __tablename__ = "bins"
    house: Mapped[int] = mapped_column(primary_key=True)
    aisle: Mapped[int] = mapped_column(primary_key=True)


class Stock(Boxes):
    __tablename__ = "stocks"
    __table_args__ = (
        ForeignKeyConstraint(["house", "aisle"], ["bins.house", "bins.aisle"]),
    )
    house: Mapped[int] = mapped_column(primary_key=True)
    aisle: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), primary_key=True)


class Item(Boxes):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)


def test_a_part_of_a_key_has_one_type_wherever_it_is_shown():
    sdl = scaffold(Boxes).sdl

    shown = {name: type_ for name, (type_, _) in type_in(sdl, "Stock").items()}
    assert shown == {"house": "Int!", "aisle": "Int!", "itemId": "ID!"}
    assert type_in(sdl, "Bin")["aisle"] == ("Int!", [])


def test_a_database_without_keys_is_refused():
    pytest.importorskip("sqlacodegen")
    engine = create_engine("sqlite://")
    Table("log", metadata := MetaData(), Column("line", String))
    metadata.create_all(engine)

    with pytest.raises(ConfigurationError, match=r"has a primary key.*Its tables: log"):
        models_of(engine)


def test_models_may_be_given_in_many_ways():
    names = ["Post", "Tag", "User"]

    def named(models):
        return [mapper.class_.__name__ for mapper in mappers_in(models)]

    assert named(blog) == named(blog.Base) == named(blog.Base.registry) == names
    assert named([blog.User, blog.Tag, blog.Post]) == names
    assert named(Staff) == ["Manager", "Staff"]
    reflected = MetaData()
    Table("things", reflected, Column("id", Integer, primary_key=True))
    assert named(reflected) == ["things"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"types": ["Usr"]}, "No mapped class is called 'Usr'. Did you mean 'User'?"),
        (
            {"exclude": ["Users"]},
            "Nothing is called 'Users': it excludes nothing. Name a class, or an "
            "attribute as 'User.email'. Did you mean 'User'?",
        ),
    ],
)
def test_a_name_that_is_not_there_is_an_error(options, message):
    with pytest.raises(ConfigurationError) as raised:
        scaffold(blog.Base, **options)

    assert str(raised.value) == message


def test_what_maps_nothing_is_an_error():
    with pytest.raises(ConfigurationError, match="maps no class"):
        scaffold(registry())


def test_a_class_that_cannot_be_imported_is_an_error():
    class Local(DeclarativeBase):
        pass

    class Thing(Local):
        __tablename__ = "things"
        id: Mapped[int] = mapped_column(primary_key=True)

    with pytest.raises(ConfigurationError, match="'Thing' cannot be imported"):
        scaffold(Local)
