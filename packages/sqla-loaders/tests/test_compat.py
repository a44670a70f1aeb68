from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, undefer, with_loader_criteria

from sqla_loaders._compat import (
    carried_in,
    load_options_of,
    references_to,
    state_of,
)

from .blog import Base, User


def loaded_with(engine, *options):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(User(id=1))
        session.commit()
    with Session(engine) as session:
        return session.scalars(select(User).options(*options)).one()


def criteria_of(state):
    return carried_in(load_options_of(state))


def test_criteria_of_an_object_are_those_that_it_was_loaded_with(engine):
    criteria = with_loader_criteria(User, User.id > 0)
    user = loaded_with(engine, criteria, undefer(User.name))

    assert criteria_of(inspect(user)) == (criteria,)


def test_criteria_that_are_for_one_statement_only_are_not_those_of_the_object(engine):
    criteria = with_loader_criteria(User, User.id > 0, propagate_to_loaders=False)

    assert criteria_of(inspect(loaded_with(engine, criteria))) == ()


def test_criteria_of_an_object_without_any_are_none(engine):
    assert criteria_of(inspect(loaded_with(engine))) == ()
    assert criteria_of(inspect(User())) == ()
    assert criteria_of(None) == ()


def test_objects_of_one_statement_share_their_options(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([User(id=1), User(id=2)])
        session.commit()
        one, other = session.scalars(select(User).options(undefer(User.name)))

        assert load_options_of(inspect(one)) is load_options_of(inspect(other))


def test_state_of_a_mapped_object_is_that_of_sqlalchemy():
    user = User()

    assert state_of(user) is inspect(user)
    assert state_of({"id": 1}) is None
    assert state_of(None) is None


def test_reference_to_an_object_goes_with_it():
    user = User()
    [reference] = references_to([inspect(user)])
    assert reference() is user

    del user
    assert reference() is None
