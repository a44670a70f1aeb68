"""Objects that were not prepared are completed with those that are asked for the same.

Those are rows of other classes too, which may have a column of the same name.
"""

from typing import ClassVar

import pytest
from ariadne import QueryType, graphql_sync, make_executable_schema
from sqlalchemy import ForeignKey, Integer, TypeDecorator, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from ariadne_sqla import SQLAlchemyObjectType
from sqla_loaders import LoaderRegistry, SQLAlchemyDataLoader
from sqla_loaders.testing import count_statements

SDL = """
type Query { parties: [Party!]! }
interface Party { id: ID! }
type Vendor implements Party { id: ID! rating: Int }
type Employee implements Party { id: ID! boss: Employee name: String }
"""


class Base(DeclarativeBase):
    pass


class Refusing(TypeDecorator):
    """Values that cannot be read."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value, dialect):
        raise ValueError(value)


class Party(Base):
    __tablename__ = "parties"
    __mapper_args__: ClassVar = {"polymorphic_on": "kind"}

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]


class Vendor(Party):
    __mapper_args__: ClassVar = {"polymorphic_identity": "vendor"}

    rating: Mapped[int | None] = mapped_column(Refusing)
    boss_id: Mapped[int | None] = mapped_column(
        ForeignKey("parties.id"), use_existing_column=True
    )


class Employee(Party):
    __mapper_args__: ClassVar = {"polymorphic_identity": "employee"}

    name: Mapped[str | None]
    boss_id: Mapped[int | None] = mapped_column(
        ForeignKey("parties.id"), use_existing_column=True
    )
    boss: Mapped["Employee | None"] = relationship(remote_side="Employee.id")


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        boss = Employee(id=1, name="Ada")
        session.add_all([boss, *(Employee(id=n, boss_id=1) for n in range(2, 5))])
        session.add_all(Vendor(id=n, rating=n, boss_id=n) for n in range(5, 8))
        session.commit()


@pytest.fixture
def schema():
    query = QueryType()

    @query.field("parties")
    def parties(_, info):
        return info.context["session"].scalars(select(Party).order_by(Party.id)).all()

    types = [SQLAlchemyObjectType(one.__name__, one) for one in (Vendor, Employee)]
    return make_executable_schema(SDL, query, *types)


def test_rows_of_other_classes_have_no_part_in_a_relationship(engine, schema):
    document = """
    { parties { id ... on Vendor { rating } ... on Employee { boss { name } } } }
    """

    with Session(engine) as session, count_statements(engine) as statements:
        context = {"session": session, "loader_registry": LoaderRegistry(session)}
        _, result = graphql_sync(schema, {"query": document}, context_value=context)

    assert result["data"]["parties"] == [
        {"id": "1", "boss": None},
        *({"id": f"{n}", "boss": {"name": "Ada"}} for n in (2, 3, 4)),
        *({"id": f"{n}", "rating": None} for n in (5, 6, 7)),
    ]
    failed = [error["path"] for error in result["errors"]]
    assert failed == [["parties", place, "rating"] for place in (4, 5, 6)]
    # The parties; ratings, twice as they cannot be read; keys of bosses; bosses.
    assert len(statements) == 5


def test_loader_classes_of_the_application_get_the_keys_of_their_owners(engine, schema):
    asked = []

    class Own(SQLAlchemyDataLoader):
        async def batch_load_fn(self, keys):
            asked.append(keys)
            return await super().batch_load_fn(keys)

    class OwnRegistry(LoaderRegistry):
        def get_loader(self, relation_prop, loader_class=Own):
            return super().get_loader(relation_prop, loader_class)

    document = "{ parties { id ... on Employee { boss { name } } } }"
    with Session(engine) as session, count_statements(engine) as statements:
        context = {"session": session, "loader_registry": OwnRegistry(session)}
        _, result = graphql_sync(schema, {"query": document}, context_value=context)

    assert result == {
        "data": {
            "parties": [
                {"id": "1", "boss": None},
                *({"id": f"{n}", "boss": {"name": "Ada"}} for n in (2, 3, 4)),
                *({"id": f"{n}"} for n in (5, 6, 7)),
            ]
        }
    }
    assert asked == [[None, 1]]
    assert len(statements) == 3
