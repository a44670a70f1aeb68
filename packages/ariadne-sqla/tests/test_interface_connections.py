# ruff: noqa: RUF012  # a dict is what SQLAlchemy takes as __mapper_args__
"""Connections whose nodes are of an interface or a union, of one inheritance tree."""

import pytest
from ariadne import make_executable_schema
from sqlalchemy import ForeignKey
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
)

from ariadne_sqla import (
    ConfigurationError,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    use_route,
)
from sqla_loaders.testing import count_statements


class Base(DeclarativeBase):
    pass


class Owner(Base):
    __tablename__ = "owners"

    id: Mapped[int] = mapped_column(primary_key=True)
    pets: Mapped[list["Animal"]] = relationship(order_by="Animal.id")


class Animal(Base):
    __tablename__ = "animals"
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_abstract": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("owners.id"))


class Cat(Animal):
    __mapper_args__ = {"polymorphic_identity": "cat"}

    lives: Mapped[int | None]


class Dog(Animal):
    __mapper_args__ = {"polymorphic_identity": "dog"}

    tricks: Mapped[int | None]


SDL = """
type Query {
  owners: [Owner!]!
  animals(orderBy: [AnimalOrder!], name: String, first: Int, after: String):
    AnimalConnection!
  either(first: Int = 1): EitherConnection!
}
type Owner { id: ID! petsConnection(first: Int): AnimalConnection! }
interface Animal { id: ID! name: String! }
type Cat implements Animal { id: ID! name: String! lives: Int }
type Dog implements Animal { id: ID! name: String! tricks: Int }
union Either = Cat | Dog
type AnimalConnection { edges: [AnimalEdge!]! totalCount: Int!
                        pageInfo: PageInfo! }
type AnimalEdge { node: Animal! }
type EitherConnection { nodes: [Either!]! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
enum AnimalOrder { NAME_DESC }
"""


@pytest.fixture
def schema(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for owner in (1, 2):
            cat = Cat(id=10 * owner, name=f"a{owner}", lives=7)
            dog = Dog(id=10 * owner + 1, name=f"b{owner}", tricks=2)
            session.add(Owner(id=owner, pets=[cat, dog]))
        session.commit()
    types = [SQLAlchemyObjectType(cls.__name__, cls) for cls in (Owner, Cat, Dog)]
    return make_executable_schema(SDL, SQLAlchemyQueryType(types), *types)


@pytest.mark.parametrize(("route", "number"), [("eager", 8), ("fallback", 8)])
async def test_their_pages_are_those_of_the_tree(execute, schema, route, number):
    document = """{
      animals(first: 2, orderBy: [NAME_DESC]) {
        edges { node { name ... on Cat { lives } ... on Dog { tricks } } }
        totalCount pageInfo { hasNextPage } }
      one: animals(name: "a2") { edges { node { __typename id } } }
      either { nodes { ... on Cat { lives } ... on Dog { tricks } } }
      owners { petsConnection(first: 1) { edges { node { name __typename } } } }
    }"""
    with use_route(route), count_statements(execute.engine) as statements:
        result = await execute(schema, document)
    assert "errors" not in result, result["errors"]
    assert result["data"] == {
        "animals": {
            "edges": [
                {"node": {"name": "b2", "tricks": 2}},
                {"node": {"name": "b1", "tricks": 2}},
            ],
            "totalCount": 4,
            "pageInfo": {"hasNextPage": True},
        },
        "one": {"edges": [{"node": {"__typename": "Cat", "id": "20"}}]},
        "either": {"nodes": [{"lives": 7}]},
        "owners": [
            {"petsConnection": {"edges": [{"node": {"name": f"a{n}", **CAT}}]}}
            for n in (1, 2)
        ],
    }
    statements.expect(number)


CAT = {"__typename": "Cat"}


async def test_they_are_walked(execute, schema):
    document = """query ($after: String) { animals(first: 3, after: $after) {
      edges { node { id } } pageInfo { endCursor hasNextPage } } }"""
    found, after, more = [], None, True
    while more:
        result = await execute(schema, document, variables={"after": after})
        page = result["data"]["animals"]
        found += [int(one["node"]["id"]) for one in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == [10, 11, 20, 21]


def test_one_that_is_bound_in_part_is_refused():
    types = [SQLAlchemyObjectType(cls.__name__, cls) for cls in (Owner, Cat)]
    sdl = SDL.replace("petsConnection(first: Int): AnimalConnection!", "")
    with pytest.raises(ConfigurationError) as raised:
        make_executable_schema(sdl, SQLAlchemyQueryType(types), *types)
    assert str(raised.value).startswith(
        "'Query.animals' is a connection that nothing answers."
    )


def test_arguments_that_mean_nothing_are_refused():
    types = [SQLAlchemyObjectType(cls.__name__, cls) for cls in (Owner, Cat, Dog)]
    sdl = SDL.replace("first: Int = 1", "limit: Int")
    with pytest.raises(ConfigurationError) as raised:
        make_executable_schema(sdl, SQLAlchemyQueryType(types), *types)
    assert str(raised.value) == (
        "'Query.either(limit:)' is for lists; a connection takes first, after, last "
        "and before."
    )
