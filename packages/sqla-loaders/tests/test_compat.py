from sqlalchemy import inspect, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    undefer,
    with_loader_criteria,
)

from sqla_loaders._compat import criteria_of


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="")


def loaded_with(engine, *options):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(User(id=1))
        session.commit()
    with Session(engine) as session:
        return session.scalars(select(User).options(*options)).one()


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
