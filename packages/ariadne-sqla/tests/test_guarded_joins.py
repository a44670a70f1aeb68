"""To-ones that a policy may hide: in the statement of their owners, as by hand."""

import pytest
from ariadne import graphql_sync, make_executable_schema
from sqlalchemy import ForeignKey, String, event, exists, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
    with_loader_criteria,
)

from ariadne_sqla import SQLAlchemyObjectType, SQLAlchemyQueryType
from sqla_loaders import LoaderRegistry
from sqla_loaders.testing import count_statements

from .viewing import FUNCTIONS, Asking

pytestmark = pytest.mark.filterwarnings("ignore::ariadne_sqla.HiddenNonNullWarning")


class Base(DeclarativeBase):
    type_annotation_map = {str: String(30)}  # noqa: RUF012


class Place(Base):
    __tablename__ = "places"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Person(Base):
    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    boss_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"))
    boss: Mapped["Person | None"] = relationship(remote_side=id)
    place: Mapped[Place | None] = relationship()
    books: Mapped[list["Book"]] = relationship(
        back_populates="author", order_by="Book.id"
    )
    __mapper_args__ = {  # noqa: RUF012
        "polymorphic_on": "kind",
        "polymorphic_identity": "person",
    }


class Editor(Person):
    __tablename__ = "editors"

    id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    desk: Mapped[str]
    __mapper_args__ = {"polymorphic_identity": "editor"}  # noqa: RUF012


class Shelf(Base):
    __tablename__ = "shelves"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    owner: Mapped[Person | None] = relationship()


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    editor_id: Mapped[int | None] = mapped_column(ForeignKey("editors.id"))
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))
    author: Mapped[Person | None] = relationship(
        back_populates="books", foreign_keys=author_id
    )
    editor: Mapped[Editor | None] = relationship(foreign_keys=editor_id)
    shelf: Mapped[Shelf] = relationship()


SDL = """
type Query {
  books(orderBy: [BookOrder!], limit: Int): [Book!]!
  book: Book
  people: [Person!]!
  pages(first: Int, after: String): BookConnection!
}
type Book { id: ID! title: String author: Person editor: Editor shelf: Shelf! }
type Person {
  name: String boss: Person place: Place
  books(limit: Int): [Book!]!
  pages(first: Int): BookConnection!
}
type Editor { name: String desk: String boss: Person }
type Shelf { id: ID! owner: Person }
type Place { name: String }
type BookConnection { nodes: [Book!]! totalCount: Int! }
input BookOrder { author: PersonOrder id: Direction }
input PersonOrder { name: Direction }
enum Direction { ASC DESC }
"""


def not_hidden(entity, info):
    if info.context["viewer"] == "admin":
        return True
    if info.context["viewer"] == "nobody":
        return False
    return ~entity.name.startswith("hidden")


def made(*, person=not_hidden, place=not_hidden, book=None, base_query=None):
    class Books(SQLAlchemyObjectType):
        if base_query is not None:

            def get_base_query(self, info):
                return base_query()

    query = SQLAlchemyQueryType(
        types := [
            Books("Book", Book, policy=book),
            SQLAlchemyObjectType(
                "Person", Person, aliases={"pages": "books"}, policy=person
            ),
            SQLAlchemyObjectType("Editor", Editor),
            SQLAlchemyObjectType("Shelf", Shelf),
            SQLAlchemyObjectType("Place", Place, policy=place),
        ],
        max_depth=50,
    )
    return make_executable_schema(SDL, query, *types)


def put_rows(session):
    session.add_all(
        [Place(id=1, name="Rome"), Place(id=2, name="hidden island"), Shelf(id=9)]
    )
    session.flush()
    session.add_all(
        [
            Person(id=1, name="hidden boss", place_id=1),
            Person(id=2, name="Ada", boss_id=1, place_id=2),
        ]
    )
    session.flush()
    session.add_all(
        [
            Person(id=3, name="Bob", boss_id=2, place_id=1),
            Editor(id=4, name="Cy", boss_id=3, desk="poems"),
            Editor(id=5, name="hidden Di", boss_id=3, desk="plays"),
            Shelf(id=1, owner_id=1),
            Shelf(id=2, owner_id=2),
        ]
    )
    session.flush()
    session.add_all(
        [
            Book(id=1, title="a", author_id=1, editor_id=4, shelf_id=1),
            Book(id=2, title="b", author_id=2, editor_id=5, shelf_id=2),
            Book(id=3, title="c", author_id=3, shelf_id=9),
            Book(id=4, title="d", author_id=None, shelf_id=2),
        ]
    )
    session.commit()


@pytest.fixture
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        put_rows(session)


@pytest.fixture
def ask(execute, rows):
    return Asking(execute, made)


def named(*names):
    return [None if name is None else {"name": name} for name in names]


async def on_session(session, work):
    if isinstance(session, AsyncSession):
        return await session.run_sync(work)
    return work(session)


AUTHORS = "{ books(orderBy: [{id: ASC}]) { author { name } } }"


@pytest.mark.parametrize("options", [{}, FUNCTIONS])
@pytest.mark.parametrize(
    ("viewer", "authors"),
    [
        ("ada", named(None, "Ada", "Bob", None)),
        ("admin", named("hidden boss", "Ada", "Bob", None)),
        ("nobody", named(None, None, None, None)),
    ],
)
async def test_a_hidden_one_is_none_by_the_statement_of_its_owner(
    ask, viewer, authors, options
):
    result = await ask(AUTHORS, viewer, **options)

    assert result == {"data": {"books": [{"author": one} for one in authors]}}
    assert len(ask.statements) == 1, ask.statements


@pytest.mark.parametrize(
    ("document", "expected", "statements"),
    [
        (
            "{ books { author { boss { name place { name } } place { name } } } }",
            [
                None,
                {"boss": None, "place": None},
                {
                    "boss": {"name": "Ada", "place": None},
                    "place": {"name": "Rome"},
                },
                None,
            ],
            1,
        ),
        (
            "{ books { editor { name desk boss { name } } } }",
            [
                {"name": "Cy", "desk": "poems", "boss": {"name": "Bob"}},
                *[None, None, None],
            ],
            1,
        ),
    ],
)
async def test_what_is_below_a_guarded_one_comes_with_it(
    ask, document, expected, statements
):
    result = await ask(document)

    [key] = result["data"]["books"][0]
    assert result == {"data": {"books": [{key: one} for one in expected]}}
    assert len(ask.statements) == statements, ask.statements


async def test_a_guarded_one_below_one_that_is_not_comes_with_it(ask):
    result = await ask(
        "{ books(orderBy: [{author: {name: ASC}}, {id: ASC}], limit: 2)"
        " { id shelf { id owner { name boss { name } } } author { name } } }"
    )

    ada = {"name": "Ada", "boss": None}
    assert result == {
        "data": {
            "books": [
                {"id": "1", "shelf": {"id": "1", "owner": None}, "author": None},
                {"id": "4", "shelf": {"id": "2", "owner": ada}, "author": None},
            ]
        }
    }
    assert len(ask.statements) == 1, ask.statements


@pytest.mark.parametrize(
    ("books", "statements"),
    [
        ("books { id author { name } }", 2),
        ("books(limit: 1) { id author { name } }", 2),
        ("pages(first: 1) { nodes { id author { name } } totalCount }", 3),
    ],
)
async def test_below_a_list_it_is_in_the_statement_of_that(ask, books, statements):
    result = await ask(f"{{ people {{ name {books} boss {{ name }} }} }}")

    of_ada = {"id": "2", "author": {"name": "Ada"}}
    ada = result["data"]["people"][0]
    found = ada.get("books") or ada["pages"]
    assert found in ([of_ada], {"nodes": [of_ada], "totalCount": 1})
    assert ada["boss"] is None
    assert len(ask.statements) == statements, ask.statements


async def test_a_connection_has_it_in_its_rows(ask):
    result = await ask("{ pages(first: 3) { nodes { author { name } } totalCount } }")

    authors = [{"author": one} for one in named(None, "Ada", "Bob")]
    assert result == {"data": {"pages": {"nodes": authors, "totalCount": 4}}}
    assert len(ask.statements) == 2, ask.statements


async def test_one_row_has_it_too(ask):
    result = await ask("{ book { id author { name } shelf { owner { name } } } }")

    assert result == {
        "data": {"book": {"id": "1", "author": None, "shelf": {"owner": None}}}
    }
    assert len(ask.statements) == 1, ask.statements


async def test_attributes_stay_as_they_are(ask, execute):
    """Code that writes must not take what is hidden for none."""
    whole = [select(Person), select(Book).options(selectinload(Book.author))]
    kept = await on_session(
        execute.session,
        lambda session: [session.scalars(one).all() for one in whole],
    )

    result = await ask(AUTHORS)

    assert [one["author"] for one in result["data"]["books"]] == named(
        None, "Ada", "Bob", None
    )
    assert [book.author and book.author.name for book in kept[1]] == [
        "hidden boss",
        "Ada",
        "Bob",
        None,
    ]
    execute.session.expunge_all()
    await ask(AUTHORS)
    books = await on_session(
        execute.session, lambda session: session.scalars(select(Book)).all()
    )
    assert not any("author" in book.__dict__ for book in books)


async def test_a_key_that_is_not_written_yet_finds_its_own(ask, execute):
    """The row beside an object is that of the key in the database."""

    def change(session):
        session.autoflush = False
        first = session.get(Book, 1)
        first.author_id = 2
        return first

    kept = await on_session(execute.session, change)

    result = await ask(AUTHORS)

    assert [one["author"] for one in result["data"]["books"]] == named(
        "Ada", "Ada", "Bob", None
    )
    assert len(ask.statements) == 1, ask.statements
    execute.session.expunge(kept)


def with_exists(entity, info):
    """See authors of a book; the statement of books names the same table."""
    return exists().where(Book.author_id == entity.id, Book.title == "b")


def with_other_exists(entity, info):
    return exists().where(Place.id == entity.place_id, Place.name == "Rome")


def with_own_subquery(entity, info):
    return entity.id.in_(select(Person.id).where(Person.name == "Bob"))


def with_text(entity, info):
    return literal_column("'Bob'") == literal_column("name", String)


async def later(entity, info):
    return entity.name != "Bob"


async def later_with_exists(entity, info):
    return entity.id.in_(select(Person.id).where(Person.name == "Bob"))


@pytest.mark.parametrize(
    ("person", "authors", "statements"),
    [
        (with_exists, named(None, "Ada", None, None), 2),
        (with_other_exists, named("hidden boss", None, "Bob", None), 1),
        (with_own_subquery, named(None, None, "Bob", None), 2),
        (with_text, named(None, None, "Bob", None), 2),
        (later, named("hidden boss", "Ada", None, None), 1),
        (later_with_exists, named(None, None, "Bob", None), 2),
    ],
)
async def test_a_policy_means_the_same_in_a_join(
    ask, execute, person, authors, statements
):
    if person in (later, later_with_exists) and execute.way == "graphql_sync":
        pytest.skip("It is awaited.")
    result = await ask(AUTHORS, schema=made(person=person))

    assert result == {"data": {"books": [{"author": one} for one in authors]}}
    assert len(ask.statements) == statements, ask.statements


async def test_a_policy_that_fails_is_the_error_of_its_fields(ask):
    def fails(entity, info):
        msg = "no viewer"
        raise ValueError(msg)

    result = await ask(AUTHORS, schema=made(person=fails))

    assert result["data"] == {"books": [{"author": None}] * 4}
    assert [one["path"] for one in result["errors"]] == [
        ["books", place, "author"] for place in range(3)
    ]
    assert len(ask.statements) == 1, ask.statements


BASE_QUERIES = {
    "where": (lambda: select(Book).where(Book.title != "a"), 1),
    "limit": (lambda: select(Book).where(Book.title != "a").limit(3), 1),
    "alias": (lambda: aliased_books(), 1),
    "distinct": (lambda: select(Book).where(Book.title != "a").distinct(), 2),
    "group": (lambda: select(Book).where(Book.title != "a").group_by(Book.id), 2),
    "join": (lambda: select(Book).join(Book.shelf).where(Book.title != "a"), 2),
    "option": (
        lambda: select(Book).where(Book.title != "a").options(joinedload(Book.shelf)),
        2,
    ),
    "lock": (lambda: select(Book).where(Book.title != "a").with_for_update(), 2),
}


def aliased_books():
    books = aliased(Book)
    return select(books).where(books.title != "a")


@pytest.mark.parametrize("name", BASE_QUERIES)
async def test_a_statement_of_the_application_stays_what_it_is(ask, name):
    base_query, statements = BASE_QUERIES[name]
    schema = made(base_query=base_query)

    result = await ask("{ books { id author { name } } }", schema=schema)

    authors = zip("234", named("Ada", "Bob", None), strict=True)
    assert result == {
        "data": {"books": [{"id": id, "author": author} for id, author in authors]}
    }
    assert len(ask.statements) == statements, ask.statements


async def test_statements_that_a_hook_filters_are_asked_apart(ask, execute):
    """Criteria for a class are none for its aliases."""
    session = execute.session
    session = session.sync_session if isinstance(session, AsyncSession) else session

    @event.listens_for(session, "do_orm_execute")
    def no_bob(state):
        state.statement = state.statement.options(
            with_loader_criteria(Person, Person.name != "Bob")
        )

    result = await ask(AUTHORS)

    assert [one["author"] for one in result["data"]["books"]] == named(
        None, "Ada", None, None
    )
    assert len(ask.statements) == 2, ask.statements


async def test_there_are_no_more_joins_than_a_database_takes(ask, execute):
    await on_session(execute.session, long_line)
    fields = "name"
    for _ in range(40):
        fields = f"name boss {{ {fields} }}"

    result = await ask(f"{{ books {{ author {{ {fields} }} }} }}")

    last = result["data"]["books"][-1]["author"]
    for number in range(139, 99, -1):
        assert last["name"] == f"p{number}"
        last = last["boss"]
    joins = [one.sql.count("JOIN") for one in ask.statements]
    assert joins == [31, 9], ask.statements


def long_line(session):
    """Put forty people, each the boss of the next one, and a book of the last."""
    for id in range(100, 140):
        boss_id = id - 1 if id > 100 else None
        session.add(Person(id=id, name=f"p{id}", boss_id=boss_id))
        session.flush()
    session.add(Book(id=50, title="e", author_id=139, shelf_id=9))
    session.commit()


async def test_every_database_joins_it(database):
    """In lists, pages and connections, below lists and in chains."""
    if database.is_async:
        pytest.skip("The statements are those of the other driver.")
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        put_rows(session)
    document = """{
      books(orderBy: [{author: {name: ASC}}, {id: ASC}]) {
        id author { name boss { name } } editor { desk } shelf { owner { name } }
      }
      people { name books(limit: 1) { author { boss { name } place { name } } } }
      pages(first: 2) { nodes { author { name } } }
    }"""
    with Session(database.engine) as session:
        context = {
            "session": session,
            "loader_registry": LoaderRegistry(session),
            "viewer": "ada",
        }
        with count_statements(database.counted_engine) as statements:
            _, result = graphql_sync(made(), {"query": document}, context_value=context)

    assert "errors" not in result
    books = {one.pop("id"): one for one in result["data"]["books"]}
    poems, ada = {"desk": "poems"}, {"name": "Ada"}
    assert books == {
        "1": {"author": None, "editor": poems, "shelf": {"owner": None}},
        "2": {"author": ada | {"boss": None}, "editor": None, "shelf": {"owner": ada}},
        "3": {
            "author": {"name": "Bob", "boss": ada},
            "editor": None,
            "shelf": {"owner": None},
        },
        "4": {"author": None, "editor": None, "shelf": {"owner": ada}},
    }
    people = {one["name"]: one["books"] for one in result["data"]["people"]}
    assert people == {
        "Ada": [{"author": {"boss": None, "place": None}}],
        "Bob": [{"author": {"boss": ada, "place": {"name": "Rome"}}}],
        "Cy": [],
    }
    assert result["data"]["pages"]["nodes"] == [{"author": None}, {"author": ada}]
    statements.expect(4)
