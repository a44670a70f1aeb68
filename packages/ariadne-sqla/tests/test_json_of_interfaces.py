"""Interfaces and unions as the one statement that is the JSON: the same answer."""

import pytest
from ariadne import InterfaceType, make_executable_schema
from sqlalchemy.orm import Session

from ariadne_sqla import (
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
)

from .test_interface_connections import SDL, Base, Cat, Dog, Owner

JSON = "The statement is the finished JSON."
WHOLE = SDL.replace(
    "type Owner { id: ID!", "type Owner { id: ID! pets: [Animal!]! either: [Either!]!"
).replace("type Query {", "type Query { all(name: String): [Animal!]! any: [Either!]!")


def bound(*bindables, cat=None, **visible_if):
    owner = SQLAlchemyObjectType("Owner", Owner, aliases={"either": "pets"})
    cats = SQLAlchemyObjectType("Cat", Cat, policy=cat, visible_if=visible_if)
    dogs = SQLAlchemyObjectType("Dog", Dog)
    query = SQLAlchemyQueryType([owner, cats, dogs])
    return make_executable_schema(WHOLE, *bindables, query, owner, cats, dogs)


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for owner in (1, 2):
            cat = Cat(id=10 * owner, name=f"a{owner}", lives=7 + owner)
            dog = Dog(id=10 * owner + 1, name=f"b{owner}", tricks=2)
            session.add(Owner(id=owner, pets=[cat, dog]))
        session.commit()


@pytest.mark.parametrize(
    "document",
    [
        "{ all { __typename name ... on Cat { lives } ... on Dog { tricks } } }",
        '{ all(name: "b2") { ... on Dog { id tricks } } }',
        "{ any { ... on Cat { lives } ... on Dog { n: name } } }",
        "{ owners { id pets { name ... on Cat { lives } } either { __typename } } }",
        "{ animals(first: 3, orderBy: [NAME_DESC]) { totalCount edges { node { id "
        "... on Cat { lives } } } pageInfo { hasNextPage endCursor } } }",
        "{ either { nodes { ... on Cat { lives } } } }",
        "{ owners { petsConnection(first: 1) { edges { node { __typename } } } } }",
    ],
)
async def test_one_statement_gives_the_same_answer(both, document):
    result = await both(document, bound())

    assert "errors" not in result
    assert both.why == [JSON]
    both.statements.expect(1)


async def test_a_policy_of_a_subclass_hides_its_rows(both):
    schema = bound(cat=lambda cat, info: cat.lives > 8)
    document = "{ owners { pets { id } } all { id } any { __typename } }"
    found = await both(document, schema)

    assert found["data"]["owners"] == [
        {"pets": [{"id": "11"}]},
        {"pets": [{"id": "20"}, {"id": "21"}]},
    ]
    assert [one["id"] for one in found["data"]["all"]] == ["11", "20", "21"]
    assert both.why == [JSON] * 3
    both.statements.expect(3)


async def test_a_field_that_is_hidden_is_null(both):
    schema = bound(lives=lambda info: False)
    found = await both("{ all { id ... on Cat { lives } } }", schema)

    assert found["data"]["all"][0] == {"id": "10", "lives": None}
    assert both.why == [JSON]
    both.statements.expect(1)


async def test_what_says_whether_a_field_is_seen_may_fail(both):
    def fail(info):
        msg = "no"
        raise RuntimeError(msg)

    found = await both("{ all { id ... on Cat { lives } } }", bound(lives=fail))

    assert [one["message"] for one in found["errors"]] == ["no", "no"]
    assert both.why[0].startswith(
        "No JSON: what says whether a field is seen has failed."
    )


async def test_a_type_resolver_of_ones_own_is_asked(both):
    asked = []

    def type_of(value, *_):
        asked.append(value)
        return type(value).__name__

    schema = bound(InterfaceType("Animal", type_of))
    await both("{ all { id } }", schema)

    assert len(asked) == 2 * 4
    assert both.why[0].startswith(
        "No JSON: Which type of Animal a row is shown as, Python tells."
    )
