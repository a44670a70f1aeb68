"""The statement that is the JSON, asked over a schema on each kind of database.

Nothing that a client writes becomes SQL, and errors are those of the usual way.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from ariadne import graphql_sync, make_executable_schema
from sqlalchemy import BigInteger, ForeignKey, String, Text, update
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
)

from ariadne_sqla import (
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyDebugExtension,
    SQLAlchemyExecutionContext,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
)
from sqla_loaders.testing import count_statements

pytestmark = pytest.mark.parametrize(
    "database", ["sqlite", "psycopg", "pymysql"], indirect=True
)


class Base(DeclarativeBase):
    pass


class Owner(Base):
    __tablename__ = "owners"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text())
    number: Mapped[int | None] = mapped_column(BigInteger())
    colour: Mapped[str | None] = mapped_column(String(20))
    parts: Mapped[list[Part]] = relationship(order_by="Part.id", back_populates="owner")


class Part(Base):
    __tablename__ = "parts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(Text())
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("owners.id"))
    owner: Mapped[Owner | None] = relationship(back_populates="parts")


SDL = """
type Query {
  owners(
    name: String, filter: OwnerFilter, orderBy: OwnerOrder, limit: Int
  ): [Owner!]!
}
type Owner {
  id: ID!, name: String!, number: Int, colour: Colour
  parts(filter: PartFilter, limit: Int): [Part!]!
}
type Part { id: ID!, name: String!, owner: Owner! }
enum Colour { red DROP_TABLE_owners }
input OwnerFilter { name: StringFilter }
input PartFilter { name: StringFilter }
input StringFilter { eq: String, contains: String, in: [String!] }
input OwnerOrder { name: Direction }
enum Direction { ASC DESC }
"""


@pytest.fixture
def schema() -> Any:
    types = [SQLAlchemyObjectType("Owner", Owner), SQLAlchemyObjectType("Part", Part)]
    return make_executable_schema(SDL, SQLAlchemyQueryType(types), *types)


@pytest.fixture
def rows(database: Any) -> Any:
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        for n in (1, 2):
            parts = [Part(id=10 * n + m, name=f"part {m}") for m in (1, 2)]
            session.add(Owner(id=n, name=f"owner {n}", number=n, parts=parts))
        session.commit()
    return database


def ask(schema: Any, database: Any, document: str, **options: Any) -> Any:
    """Answer both ways: the response by JSON, why, the SQL, and the usual response."""
    variables = options.get("variables")
    data = {"query": document, "variables": variables}
    responses = []
    for completes in (False, True):
        extensions: list[Any] = [SQLAlchemyDataLoaderExtension]
        if completes:
            extensions.append(SQLAlchemyDebugExtension())
        with (
            Session(database.engine) as session,
            count_statements(database.engine) as statements,
        ):
            _, response = graphql_sync(
                schema,
                data,
                context_value={"session": session},
                extensions=extensions,
                execution_context_class=(
                    SQLAlchemyExecutionContext if completes else None
                ),
            )
        responses.append(response)
    usual, by_json = responses
    shown = by_json.pop("extensions")["sqla"]["fields"]
    assert json.dumps(by_json) == json.dumps(usual)
    return by_json, [one["why"] for one in shown], [one.sql for one in statements]


JSON = "The statement is the finished JSON."
ATTACKS = [
    "' OR 1=1 --",
    '" OR ""="',
    "\\' OR 1=1 -- ",
    "'; DROP TABLE owners; --",
    "%s %(name)s :name ? ${x} {}",
    "%' OR '%'='",
    "`parts`",
    "/* */ @@version",
    "\\",
    "\ufeff\u2028\U0001f600",
    "sqla-json-",
]
ASKED = """
query ($value: String!, $values: [String!]!) {
  KEY: owners(name: $value, filter: {name: {in: $values}}) {
    KEY_name: name
    KEY_parts: parts(filter: {name: {contains: $value}}) { KEY_id: id }
  }
}
"""


def test_no_string_of_a_client_becomes_sql(schema: Any, rows: Any) -> None:
    texts = set()
    keys = ["SELECT", "owners_1", "_json", "NULL", "DROP", "key"]
    for key, value in zip(keys * 2, ATTACKS, strict=False):
        with Session(rows.engine) as session:
            session.execute(update(Owner).where(Owner.id == 1).values(name=value))
            session.execute(update(Part).where(Part.id == 11).values(name=f"a{value}b"))
            session.commit()
        document = ASKED.replace("KEY", key)
        variables = {"value": value, "values": [value, "x"]}
        response, whys, (sql,) = ask(schema, rows, document, variables=variables)

        assert whys == [JSON]
        assert response["data"] == {
            key: [{f"{key}_name": value, f"{key}_parts": [{f"{key}_id": "11"}]}]
        }
        texts.add(sql)
        inline = document.replace("query ($value: String!, $values: [String!]!)", "")
        inline = inline.replace("$values", f"[{json.dumps(value)}]")
        inline = inline.replace("$value", json.dumps(value))
        inlined, whys, (sql,) = ask(schema, rows, inline)
        assert (inlined, whys) == (response, [JSON])
        texts.add(sql)
    # An IN of another number of values is another text.
    assert len({one.replace("POSTCOMPILE", "") for one in texts}) <= 2


def test_a_name_of_an_enum_is_a_parameter(schema: Any, rows: Any) -> None:
    with Session(rows.engine) as session:
        session.execute(update(Owner).values(colour="DROP_TABLE_owners"))
        session.commit()
    response, whys, (sql,) = ask(schema, rows, "{ owners { colour __typename } }")

    assert whys == [JSON]
    assert response["data"]["owners"][0]["colour"] == "DROP_TABLE_owners"
    assert "DROP_TABLE" not in sql


@pytest.mark.parametrize(
    "change",
    [
        update(Owner).where(Owner.id == 2).values(number=2**31),
        update(Owner).where(Owner.id == 2).values(number=-(2**63)),
        update(Owner).where(Owner.id == 2).values(colour="blue"),
        update(Part).where(Part.id == 12).values(name=None),
    ],
)
def test_errors_are_those_of_the_usual_way(change: Any, schema: Any, rows: Any) -> None:
    with Session(rows.engine) as session:
        session.execute(change)
        session.commit()
    document = "{ owners { number colour parts { name } } }"
    response, whys, _ = ask(schema, rows, document)

    assert response["errors"]
    assert whys[0] == JSON
    assert whys[1].startswith("No JSON: A row has a value that its field cannot give.")


def test_a_page_below_is_json_where_the_database_has_a_form(
    schema: Any, rows: Any
) -> None:
    response, whys, sql = ask(schema, rows, "{ owners { parts(limit: 1) { id } } }")

    ids = [[part["id"] for part in one["parts"]] for one in response["data"]["owners"]]
    assert ids == [["11"], ["21"]]
    if rows.driver == "pymysql":
        why = "No JSON: mariadb has no form for the page of Owner.parts."
        assert whys[0].startswith(why)
        assert len(sql) == 2
    else:
        assert whys == [JSON]
        assert len(sql) == 1


@pytest.mark.parametrize(
    ("arguments", "is_grouped"),
    [
        ("", True),
        ('(filter: {name: {contains: "2"}}, orderBy: {name: DESC})', True),
        ("(limit: 101, orderBy: {name: DESC})", True),
        ("(limit: 100, orderBy: {name: DESC})", False),
    ],
)
def test_lists_of_many_rows_are_made_at_once_where_that_is_faster(
    schema: Any, rows: Any, arguments: str, *, is_grouped: bool
) -> None:
    document = (
        "{ owners%s { parts(filter: {name: {contains: %s}}) { id owner { id } } } }"
    )
    for name in ("1", "none"):
        asked = document % (arguments, json.dumps(name))
        _, whys, (sql,) = ask(schema, rows, asked)

        assert whys == [JSON]
        assert ("GROUP BY" in sql) == (is_grouped and rows.driver == "psycopg")


def test_a_text_may_have_the_character_zero(schema: Any, rows: Any) -> None:
    if rows.driver == "psycopg":
        pytest.skip("PostgreSQL has no such text.")
    with Session(rows.engine) as session:
        session.execute(update(Owner).values(name="a\0b", colour="red\0"))
        session.commit()
    response, whys, _ = ask(schema, rows, "{ owners { name } }")
    assert response["data"]["owners"][0] == {"name": "a\0b"}
    assert whys == [JSON]

    response, whys, _ = ask(schema, rows, "{ owners { colour } }")
    assert response["errors"]
    assert whys[0] == JSON
