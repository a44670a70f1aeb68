"""What a new selection takes before its statement runs."""

import pytest
from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, column_property, relationship
from sqlalchemy.sql.functions import GenericFunction

from sqla_json.now import _target

from .asking import same, schema_of


class Base(DeclarativeBase):
    pass


class spelled(GenericFunction):  # noqa: N801  # it is a function
    """Tells each compiler that meets it."""

    type = String()
    inherit_cache = True


class Place(Base):
    __tablename__ = "places"

    id = Column(Integer, primary_key=True)
    name = Column(String, nullable=False)
    within_id = Column(ForeignKey("places.id"))
    within = relationship(
        "Place", remote_side=[id], back_populates="places", uselist=False
    )
    places = relationship("Place", back_populates="within", order_by=id)
    spelled = column_property(spelled(name))


SDL = """
type Query { places: [Place!]! }
type Place { id: ID! name: String! spelled: String within: Place places: [Place!]! }
"""


MET: list[object] = []


@compiles(spelled)
def compile_spelled(element, compiler, **_):
    MET.append(compiler)
    return compiler.process(element.clauses.clauses[0])


@pytest.fixture
def session(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        world = Place(id=1, name="World")
        land = Place(id=2, name="Land", within=world)
        session.add_all([land, Place(id=3, name="Sea", within=world)])
        session.add_all(Place(id=4 + one, name="x", within=land) for one in range(2))
        session.commit()
        yield session


@pytest.fixture
def schema():
    return schema_of(SDL, {"Place": Place})


def test_a_new_selection_is_compiled_once(schema, session):
    MET.clear()
    same(session, schema, "{ places { spelled } }")
    assert len({*map(id, MET)}) == 2, "as JSON, and of the objects"


def test_selections_share_aliases_and_places_in_one_have_their_own(schema, session):
    document = """
    { places { name within { id within { name places { id } } }
               places { name places { id within { name } } } } }
    """
    same(session, schema, document)
    made = _target.cache_info().misses
    same(session, schema, document.replace("name", "id name"))
    same(session, schema, "{ places { within { places { within { name } } } } }")
    assert _target.cache_info().misses == made
