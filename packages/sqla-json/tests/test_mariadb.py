"""What MariaDB does without a word: cuts, pads, and takes text for JSON."""

import json

import pytest
from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    String,
    Text,
    create_engine,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, relationship

from sqla_json import Declined, mariadb

from .asking import ask, same, schema_of, why_not

on_mariadb = pytest.mark.parametrize("database", ["pymysql"], indirect=True)


class Base(DeclarativeBase):
    pass


class Owner(Base):
    __tablename__ = "owners"

    id = Column(Integer, primary_key=True)
    name = Column(String(10))
    parts = relationship("Part", order_by="Part.id.desc()", back_populates="owner")
    by_text = relationship("Part", order_by="Part.long.desc()", viewonly=True)


class Part(Base):
    __tablename__ = "parts"

    id = Column(Integer, primary_key=True)
    name = Column(String(10))
    long = Column(Text().with_variant(mysql.LONGTEXT(), "mariadb", "mysql"))
    owner_id = mapped_column(ForeignKey("owners.id"))
    whole_id = mapped_column(ForeignKey("parts.id"))
    owner = relationship(Owner, back_populates="parts")
    whole = relationship("Part", remote_side=[id], back_populates="parts")
    parts = relationship("Part", back_populates="whole", order_by="Part.id")


SDL = """
type Query { owners: [Owner!]! parts: [Part!]! }
type Owner { id: ID!, name: String, parts: [Part], by_text: [Part] }
type Part {
  id: ID!, name: String, long: String, owner: Owner, whole: Part, parts: [Part!]
}
"""
NESTED = "{ owners { name parts { id name owner { name } parts { name } } } }"


@pytest.fixture
def schema():
    return schema_of(SDL, {"Owner": Owner, "Part": Part})


@pytest.fixture
def session(database):
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        session.add_all(Owner(id=n, name="é\U0001f600" * n) for n in (1, 2))
        session.flush()
        for n in (1, 2, 3, 4):
            below = [Part(id=10 * n + m, name="\U0001f600" * m) for m in (1, 2)]
            session.add(Part(id=n, name="\x01" * 10, owner_id=1, parts=below))
        session.commit()
        yield session


@on_mariadb
def test_what_is_cut_is_told_at_any_length_on_every_level(schema, session):
    told = set()
    for most in [*range(4, 900, 29), 2000]:
        session.execute(text(f"SET group_concat_max_len = {most}"))
        asked = ask(session, schema, NESTED)
        if isinstance(asked.answer, Declined):
            assert asked.answer.is_of_the_rows
        else:
            assert json.dumps(asked.answer.value()) == json.dumps(asked.data)
        told.add(isinstance(asked.answer, Declined))
    assert told == {True, False}
    assert not isinstance(asked.answer, Declined)


@on_mariadb
def test_characters_that_json_escapes_are_whole_in_temporary_tables(schema, session):
    stmt = select(Part).join(Part.owner).order_by(Owner.name, Part.id)
    parts = same(session, schema, "{ parts { name } }", stmt, is_plain=False)
    assert parts == [{"name": "\x01" * 10}] * 4


@on_mariadb
@pytest.mark.parametrize("character", ["x", "\u00e9", "\U0001f600", "\ufdfa"])
def test_a_list_is_sorted_by_as_much_of_a_text_as_a_select_sorts_by(
    character, schema, session
):
    told = []
    for length in (50, 1200):
        for place, key in enumerate((1, 2, 3, 4)):
            long = character * length + "bdac"[place]
            session.execute(update(Part).where(Part.id == key).values(long=long))
        session.commit()
        asked = ask(session, schema, "{ owners { by_text { id } } }")
        if isinstance(asked.answer, Declined):
            assert asked.answer.is_of_the_rows
        else:
            assert asked.answer.value() == asked.data
            assert [one["id"] for one in asked.data[0]["by_text"]] == [*"2413"]
        told.append(isinstance(asked.answer, Declined))
    assert told == [False, True]


@on_mariadb
def test_an_object_that_is_longer_than_a_packet_is_no_null(schema, session):
    half = func.repeat("x", literal_column("@@max_allowed_packet DIV 2"))
    session.execute(update(Part).where(Part.id == 11).values(long=half))
    session.execute(text("SET group_concat_max_len = 4294967295"))
    twice = "{ a: long b: long }"
    for document in (
        f"{{ parts {twice} }}",
        f"{{ parts {{ parts {twice} }} }}",
        f"{{ owners {{ parts {{ parts {twice} }} }} }}",
    ):
        asked = ask(session, schema, document)
        assert asked.answer.is_of_the_rows
    session.execute(text("UPDATE parts SET whole_id = 11 WHERE id = 12"))
    asked = ask(session, schema, f"{{ parts {{ whole {twice} }} }}")
    assert asked.answer.is_of_the_rows


@on_mariadb
def test_more_levels_than_mariadb_parses_decline(session):
    schema = schema_of(SDL, {"Owner": Owner, "Part": Part}, depth=40)

    assert same(session, schema, f"{{ owners {{ {nested(10)} }} }}")
    assert why_not(session, schema, f"{{ owners {{ {nested(16)} }} }}") == (
        "33 objects and lists in each other are more than 32, which is what mariadb "
        "reads as JSON."
    )


def nested(levels):
    below = "id"
    for _ in range(levels):
        below = f"parts {{ name {below} }}"
    return below


def test_what_sqlite_finds_too_deep_is_tried_once(engine):
    schema = schema_of(SDL, {"Owner": Owner, "Part": Part}, depth=40)
    Base.metadata.create_all(engine)
    document = f"{{ owners {{ {nested(16)} }} }}"
    with Session(engine) as session:
        session.add(Owner(id=1))
        session.flush()
        for sent in (1, 0):
            asked = ask(session, schema, document)
            assert not asked.errors
            assert asked.answer == Declined(
                "It is nested deeper than the database or SQLAlchemy can go."
            )
            asked.statements.expect(sent)


class OfMariaDB(DeclarativeBase):
    pass


class Cell(OfMariaDB):
    """What other databases do not have; `document` is JSON that is mapped as text."""

    __tablename__ = "cells"

    id = Column(Integer, primary_key=True)
    latin = Column(mysql.VARCHAR(50, charset="latin1"))
    ucs = Column(mysql.VARCHAR(50, charset="ucs2"))
    exact = Column(mysql.VARCHAR(50, collation="utf8mb4_bin"))
    padded = Column(mysql.INTEGER(5, zerofill=True))
    double = Column(mysql.DOUBLE(asdecimal=False, zerofill=True))
    many = Column(mysql.SET("a", "b"))
    document = Column(Text())


CELLS = """
type Query { cells: [Cell!]! }
enum Letter { a b }
type Cell {
  id: ID!, latin: String, ucs: String, exact: Letter, padded: Int, double: Float
  many: String, document: String
}
"""


@pytest.fixture
def cells(database):
    OfMariaDB.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        session.execute(text("ALTER TABLE cells MODIFY document JSON"))
        session.execute(
            text(
                """INSERT INTO cells VALUES
                (1, 'é', '日', 'b', 7, 1.5, 'a,b', '{"a": [1]}'),
                (2, '', 'x', 'a', 8, 2, '', '1'),
                (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"""
            )
        )
        session.commit()
        yield session


@on_mariadb
@pytest.mark.parametrize("names", ["latin ucs exact document", "id padded"])
def test_columns_that_mariadb_alone_has(names, cells):
    schema = schema_of(CELLS, {"Cell": Cell})

    assert len(same(cells, schema, f"{{ cells {{ {names} }} }}")) == 3


@on_mariadb
@pytest.mark.parametrize("name", ["double", "many"])
def test_what_is_no_json_or_no_text_is_left_to_objects(name, cells):
    schema = schema_of(CELLS, {"Cell": Cell})

    assert ask(cells, schema, f"{{ cells {{ {name} }} }}").answer.is_of_the_rows


@on_mariadb
@pytest.mark.parametrize("stored", ["A", "á", "a ", ""])
def test_an_enum_is_compared_exactly(stored, cells):
    schema = schema_of(CELLS, {"Cell": Cell})
    cells.execute(Cell.__table__.update().values(exact=stored))

    asked = ask(cells, schema, "{ cells { exact } }")
    assert asked.errors
    assert asked.answer.is_of_the_rows


@on_mariadb
def test_a_connection_of_other_characters_gets_the_same(database, cells):
    schema = schema_of(CELLS, {"Cell": Cell})
    for charset in ("utf8mb3", "latin1"):
        url = database.url.update_query_dict({"charset": charset})
        engine = create_engine(url)
        with Session(engine) as session:
            same(session, schema, "{ cells { latin ucs document } }")
        engine.dispose()


@pytest.mark.parametrize(
    ("attribute", "value", "why"),
    [
        (
            "is_mariadb",
            False,
            "MySQL sorts the keys of an object; a response has its own order.",
        ),
        (
            "server_version_info",
            (10, 6, 20),
            "MariaDB before 10.11 is not known to write the same JSON.",
        ),
    ],
)
@on_mariadb
def test_another_server_declines(attribute, value, why, session, schema, monkeypatch):
    dialect = session.get_bind().dialect
    session.connection()
    monkeypatch.setattr(dialect, attribute, value)

    assert why_not(session, schema, "{ owners { id } }") == why


@on_mariadb
def test_what_the_server_is_may_be_known_once_it_answered(
    database, session, schema, monkeypatch
):
    monkeypatch.setattr(mariadb, "_OLDEST", (99, 0))
    engine = create_engine(database.url)
    with Session(engine) as first:
        asked = ask(first, schema, "{ owners { id } }")
        assert asked.answer == Declined(
            "MariaDB before 99.0 is not known to write the same JSON."
        )
        asked.statements.expect(1)
        why_not(first, schema, "{ owners { id } }")
    engine.dispose()
