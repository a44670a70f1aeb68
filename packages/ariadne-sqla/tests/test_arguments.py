import datetime
import decimal
import enum
import re
import uuid
import warnings
from contextlib import AsyncExitStack

import pytest
from ariadne import EnumType, ScalarType, graphql, make_executable_schema
from sqlalchemy import (
    BigInteger,
    DateTime,
    Double,
    Enum,
    ForeignKey,
    Interval,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Uuid,
    func,
)
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.ext.hybrid import Comparator, hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    column_property,
    mapped_column,
    relationship,
    synonym,
)
from sqlalchemy.types import TypeDecorator, UserDefinedType

from ariadne_sqla import (
    ArgumentError,
    ArgumentLimits,
    ConfigurationError,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
)
from sqla_loaders.testing import count_statements
from sqla_selection.arguments import ArgumentsShape, condition_of, window_of
from sqla_selection.arguments.shapes import ColumnField
from sqla_selection.arguments.vocabulary import column_named


class Base(DeclarativeBase):
    pass


class Point(UserDefinedType):
    """A type that does not say what it is in Python."""

    cache_ok = True

    def get_col_spec(self, **_):
        return "TEXT"


class Status(enum.Enum):
    DRAFT = 1
    PUBLISHED = 2


UTC = datetime.timezone.utc
UUID = uuid.UUID("11111111-2222-3333-4444-555555555555")


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    # The attribute has another name than the column.
    title: Mapped[str] = mapped_column("post_title", String(100))
    number: Mapped[int | None]
    uid: Mapped[uuid.UUID | None]
    price: Mapped[decimal.Decimal | None]
    rating: Mapped[float | None]
    is_published: Mapped[bool | None]
    status: Mapped[Status | None]
    day: Mapped[datetime.date | None]
    created_at: Mapped[datetime.datetime | None]
    at: Mapped[datetime.time | None]
    lasts: Mapped[datetime.timedelta | None] = mapped_column(Interval)
    point: Mapped[str | None] = mapped_column(Point)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("authors.id"))
    author: Mapped["Author | None"] = relationship()

    name = synonym("title")
    name_again = synonym("name")
    shout: Mapped[str] = column_property(func.upper(title))

    @hybrid_property
    def double(self):
        return self.number * 2

    @property
    def plain(self):
        return self.title

    def method(self):
        return self.title


class Author(Base):
    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)


Base.registry.configure()


class TestColumnNamed:
    @pytest.mark.parametrize(
        ("argument", "attribute"),
        [
            ("title", "title"),
            ("is_published", "is_published"),
            ("isPublished", "is_published"),
            ("name", "name"),
            ("name_again", "name_again"),
            ("shout", "shout"),
            ("double", "double"),
            ("headline", "title"),
            ("post_title", None),
            ("author", None),
            ("writer", None),
            ("authorName", None),
            ("plain", None),
            ("method", None),
            ("nowhere", None),
        ],
    )
    def test_is_a_column_or_what_stands_for_one(self, argument, attribute):
        aliases = {"headline": "title", "writer": "author", "authorName": "author.id"}

        found = column_named(Post.__mapper__, aliases, argument)
        assert (found and found[0]) == attribute


def sql(argument, value, attribute=None):
    attribute, type_ = column_named(Post.__mapper__, {}, attribute or argument)
    shape = ArgumentsShape(
        Post.__mapper__, ((argument, ColumnField(argument, attribute, type_)),)
    )
    window = window_of(shape, {argument: value}, dialect=DefaultDialect())
    compiled = condition_of(window.filter, Post).compile()
    return " ".join(str(compiled).split()), compiled.params


class TestConditions:
    @pytest.mark.parametrize(
        ("attribute", "value", "converted"),
        [
            ("id", "7", 7),
            ("id", 7, 7),
            ("id", 7.0, 7),
            ("title", "x", "x"),
            ("title", 7, "7"),
            ("uid", str(UUID), UUID),
            ("uid", UUID.hex, UUID),
            ("uid", UUID, UUID),
            ("price", "1.50", decimal.Decimal("1.50")),
            ("price", 1.1, decimal.Decimal("1.1")),
            ("price", 2, decimal.Decimal(2)),
            ("rating", "1.5", 1.5),
            ("rating", 2, 2.0),
            ("day", "2024-02-29", datetime.date(2024, 2, 29)),
            ("day", datetime.date(2024, 2, 29), datetime.date(2024, 2, 29)),
            (
                "created_at",
                "2024-02-29T12:30:00",
                datetime.datetime(2024, 2, 29, 12, 30),
            ),
            (
                "created_at",
                "2024-02-29T12:30:00Z",
                datetime.datetime(2024, 2, 29, 12, 30),
            ),
            ("at", "12:30", datetime.time(12, 30)),
            ("lasts", datetime.timedelta(1), datetime.timedelta(1)),
            ("status", Status.DRAFT, Status.DRAFT),
            ("status", "DRAFT", Status.DRAFT),
            ("double", "6", 6),
        ],
        ids=repr,
    )
    def test_convert_to_the_type_of_the_column(self, attribute, value, converted):
        _, parameters = sql(attribute, value)

        [found] = [one for key, one in parameters.items() if key != "number_1"]
        assert found == converted
        assert type(found) is type(converted)

    def test_leave_values_of_unknown_types_as_they_are(self):
        assert list(sql("point", "POINT(1 2)")[1].values()) == ["POINT(1 2)"]

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (True, "posts.is_published = true"),
            ("true", "posts.is_published = true"),
            (False, "posts.is_published = false"),
            ("false", "posts.is_published = false"),
        ],
        ids=repr,
    )
    def test_convert_to_booleans(self, value, expected):
        assert sql("is_published", value)[0] == expected

    @pytest.mark.parametrize(
        ("attribute", "value", "message"),
        [
            ("id", "x", "'id' is 'x', which is not an integer."),
            ("id", "1.5", "'id' is '1.5', which is not an integer."),
            ("id", 1.5, "'id' is 1.5, which is not an integer."),
            ("id", {}, "'id' is {}, which is not an integer."),
            ("uid", "7", "'uid' is '7', which is not a UUID."),
            (
                "price",
                "much",
                "'price' is 'much', which is not a decimal number.",
            ),
            (
                "rating",
                "good",
                "'rating' is 'good', which is not a number.",
            ),
            (
                "is_published",
                "yes",
                "'is_published' is 'yes', which is not a boolean.",
            ),
            (
                "is_published",
                2,
                "'is_published' is 2, which is not a boolean.",
            ),
            (
                "day",
                "soon",
                "'day' is 'soon', which is not a date in ISO 8601.",
            ),
            (
                "day",
                7,
                "'day' is 7, which is not a date in ISO 8601.",
            ),
            (
                "created_at",
                "now",
                "'created_at' is 'now', which is not a date and time in ISO 8601.",
            ),
            (
                "at",
                "noon",
                "'at' is 'noon', which is not a time in ISO 8601.",
            ),
            (
                "double",
                "x",
                "'double' is 'x', which is not an integer.",
            ),
        ],
    )
    def test_refuse_what_the_column_cannot_hold(self, attribute, value, message):
        with pytest.raises(ArgumentError) as error:
            sql(attribute, value)

        assert error.value.message == f"Argument {message}"

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (None, "posts.number IS NULL"),
            ("1", "posts.number = :number_1"),
            (["1", 2], "posts.number IN (__[POSTCOMPILE_number_1])"),
            ([], "false"),
            (
                [1, None],
                "posts.number IN (__[POSTCOMPILE_number_1]) OR posts.number IS NULL",
            ),
        ],
    )
    def test_mean_equal_in_or_is_null(self, value, expected):
        assert sql("number", value)[0] == expected

    def test_convert_every_value_of_a_list(self):
        assert list(sql("id", ["1", "2"])[1].values()) == [[1, 2]]
        with pytest.raises(ArgumentError) as error:
            sql("id", ["1", "x"])
        assert error.value.message == (
            "Argument 'id[1]' is 'x', which is not an integer."
        )

    def test_go_by_the_python_names_of_arguments(self):
        condition, _ = sql("first_title", "x", "title")
        assert condition == "posts.post_title = :post_title_1"


SDL = """
scalar Date
enum Status { DRAFT PUBLISHED }
type Query {
  post(id: ID, uid: ID, name: String, shout: String): Post
  posts(
    id: [ID]
    number: Int
    isPublished: Boolean
    is_published: Boolean
    price: String
    status: Status
    day: Date
    headline: String
    double: Int
  ): [Post!]!
}
type Post { id: ID! title: String! }
"""

post_type = SQLAlchemyObjectType("Post", Post, aliases={"headline": "title"})


@pytest.fixture
def schema():
    return make_executable_schema(
        SDL,
        SQLAlchemyQueryType([post_type]),
        post_type,
        EnumType("Status", Status),
        ScalarType("Date", value_parser=datetime.date.fromisoformat),
    )


@pytest.fixture(autouse=True)
def rows(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            [
                Post(
                    id=7,
                    title="a",
                    number=3,
                    uid=UUID,
                    price=decimal.Decimal("1.50"),
                    is_published=True,
                    status=Status.PUBLISHED,
                    day=datetime.date(2024, 2, 29),
                ),
                Post(id=8, title="b", number=5, is_published=False),
                Post(id=9, title="c", status=Status.DRAFT),
            ]
        )
        session.commit()


class TestRootFields:
    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ('id: "7"', [7]),
            ("id: 8", [8]),
            ('id: ["9", 7]', [7, 9]),
            ("id: []", []),
            ("number: 5", [8]),
            ("number: null", [9]),
            ("isPublished: false", [8]),
            ("is_published: true", [7]),
            ("isPublished: null", [9]),
            ('price: "1.5"', [7]),
            ("status: DRAFT", [9]),
            ("status: null", [8]),
            ('day: "2024-02-29"', [7]),
            ('headline: "b"', [8]),
            ("double: 6", [7]),
            ('number: 5, headline: "a"', []),
            ("", [7, 8, 9]),
        ],
    )
    async def test_filter_by_their_arguments(
        self, execute, schema, arguments, expected
    ):
        document = f"{{ posts({arguments}) {{ id }} }}" if arguments else "{posts {id}}"

        with count_statements(execute.engine) as statements:
            result = await execute(schema, document)

        assert result == {"data": {"posts": [{"id": str(one)} for one in expected]}}
        statements.expect(1)

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ('id: "7"', "a"),
            ('id: "70"', None),
            (f'uid: "{UUID}"', "a"),
            ('name: "b"', "b"),
            ('shout: "C"', "c"),
        ],
    )
    async def test_give_the_first_or_null(self, execute, schema, arguments, expected):
        result = await execute(schema, f"{{ post({arguments}) {{ title }} }}")

        assert result == {"data": {"post": expected and {"title": expected}}}

    async def test_filter_by_variables(self, execute, schema):
        result = await execute(
            schema,
            "query ($id: [ID], $n: Int) { posts(id: $id, number: $n) { id } }",
            variables={"id": ["7", "8"]},
        )

        assert result == {"data": {"posts": [{"id": "7"}, {"id": "8"}]}}

    async def test_tell_a_bad_value_at_its_field(self, execute, schema):
        result = await execute(
            schema, '{ bad: posts(id: "x") { id } good: post(id: 8) { id } }'
        )

        # `posts` is not nullable, so the error takes all data with it.
        assert result["data"] is None
        [error] = result["errors"]
        assert error["message"] == ("Argument 'id[0]' is 'x', which is not an integer.")
        assert error["path"] == ["bad"]
        assert error["locations"] == [{"line": 1, "column": 3}]

    async def test_of_a_converted_schema_filter_too(self, execute):
        plain_type = SQLAlchemyObjectType("Post", Post)
        schema = make_executable_schema(
            """
            type Query { posts(isPublished: Boolean): [Post!]! }
            type Post { id: ID! }
            """,
            SQLAlchemyQueryType([plain_type]),
            plain_type,
            convert_names_case=True,
        )

        result = await execute(schema, "{ posts(isPublished: true) { id } }")
        assert result == {"data": {"posts": [{"id": "7"}]}}


class TestUnusedArguments:
    SDL = """
    type Query { posts(limits: Int, isPublished: Boolean): [Post!]! other(x: Int): Int }
    type Post { id: ID! }
    """

    def test_are_refused_when_the_schema_is_made(self):
        with pytest.raises(ConfigurationError) as caught:
            make_executable_schema(
                self.SDL, SQLAlchemyQueryType([SQLAlchemyObjectType("Post", Post)])
            )

        assert str(caught.value) == (
            "'Query.posts(limits:)' filters, orders or pages by no known name, and is "
            "no column of 'Post'. Did you mean 'limit' or 'lasts'?"
        )

    def test_may_be_used_by_a_base_query(self):
        class Limited(SQLAlchemyObjectType):
            def get_base_query(self, info, limits=None, **kwargs):
                return super().get_base_query(info, **kwargs).limit(limits)

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            make_executable_schema(
                self.SDL, SQLAlchemyQueryType([Limited("Post", Post)])
            )

    async def test_reach_the_base_query_beside_the_filters(self, execute):
        class Limited(SQLAlchemyObjectType):
            def get_base_query(self, info, limits=None, **kwargs):
                assert kwargs in ({}, {"isPublished": False})
                return super().get_base_query(info, **kwargs).limit(limits)

        schema = make_executable_schema(
            self.SDL, SQLAlchemyQueryType([Limited("Post", Post)])
        )

        result = await execute(
            schema,
            """{
              a: posts(limits: 2) { id }
              b: posts(limits: 2, isPublished: false) { id }
            }""",
        )
        assert result["data"] == {"a": [{"id": "7"}, {"id": "8"}], "b": [{"id": "8"}]}


class Words(TypeDecorator):
    """A list of words in one string."""

    impl = String(100)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return None if value is None else ",".join(value)

    def process_result_value(self, value, dialect):
        return None if value is None else value.split(",")


class IgnoringCase(Comparator):
    """Knows `=` alone."""

    def __eq__(self, other):
        return func.lower(self.__clause_element__()) == func.lower(other)


class Thing(Base):
    __tablename__ = "things"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(100))
    small: Mapped[int | None] = mapped_column(SmallInteger)
    big: Mapped[int | None] = mapped_column(BigInteger)
    price: Mapped[decimal.Decimal | None] = mapped_column(Numeric(10, 2))
    ratio: Mapped[float | None] = mapped_column(Double)
    flag: Mapped[bool | None]
    kind: Mapped[Status | None]
    letter: Mapped[str | None] = mapped_column(Enum("a", "b", name="letter"))
    token: Mapped[uuid.UUID | None]
    text_token: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))
    born: Mapped[datetime.date | None]
    at: Mapped[datetime.datetime | None]
    aware: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    hour: Mapped[datetime.time | None]
    lasts: Mapped[datetime.timedelta | None] = mapped_column(Interval)
    blob: Mapped[bytes | None] = mapped_column(LargeBinary)
    words: Mapped[list[str] | None] = mapped_column(Words)

    @hybrid_property
    def plain_name(self):
        return self.name.lower()

    @plain_name.inplace.comparator
    @classmethod
    def _plain_name(cls):
        return IgnoringCase(cls.name)


THINGS = """
    scalar Any
    type Query {
      things(
        id: Any, name: Any, small: Any, big: Any, price: Any, ratio: Any, flag: Any
        kind: Any, letter: Any, token: Any, textToken: Any, born: Any, at: Any
        aware: Any, hour: Any, lasts: Any, blob: Any, words: Any, plainName: Any
      ): [Thing!]
    }
    type Thing { id: ID! }
"""


@pytest.fixture
async def ask(database):
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        session.add(
            Thing(
                id=1,
                name="One",
                small=7,
                big=2**40,
                price=decimal.Decimal("1.50"),
                ratio=0.5,
                flag=True,
                kind=Status.DRAFT,
                letter="a",
                token=UUID,
                text_token=str(UUID),
                born=datetime.date(2024, 2, 29),
                at=datetime.datetime(2024, 2, 29, 12, 30),
                aware=datetime.datetime(2024, 2, 29, 12, 30, tzinfo=UTC),
                hour=datetime.time(12, 30),
                lasts=datetime.timedelta(hours=1),
                blob=b"x",
                words=["a", "b"],
            )
        )
        session.add(Thing(id=2))
        session.commit()
    thing_type = SQLAlchemyObjectType("Thing", Thing)
    query_type = SQLAlchemyQueryType(
        [thing_type], limits=ArgumentLimits(values=100_000)
    )
    schema = make_executable_schema(THINGS, query_type, thing_type, ScalarType("Any"))

    async def ask(argument, value):
        """Return the rows, the error, and how many statements were run."""
        document = (
            "query ($value: Any) {"
            f" found: things({argument}: $value) {{ id }} all: things {{ id }} }}"
        )
        async with AsyncExitStack() as stack:
            session = database.session_factory()()
            stack.push_async_callback(_closed, session)
            with count_statements(database.counted_engine) as statements:
                _, answer = await graphql(
                    schema,
                    {"query": document, "variables": {"value": value}},
                    context_value={"session": session},
                )
        # What is asked beside it is answered, whatever becomes of the first.
        assert len(answer["data"]["all"]) == 2
        rows = answer["data"]["found"]
        ids = None if rows is None else [int(row["id"]) for row in rows]
        messages = [error["message"] for error in answer.get("errors", ())]
        return ids, messages, len(statements)

    return ask


async def _closed(session):
    closed = session.close()
    if closed is not None:
        await closed


FOUND = [
    ("id", "1"),
    ("id", ["1", "3"]),
    ("small", "7"),
    ("big", str(2**40)),
    ("price", "1.5"),
    ("price", 1.5),
    ("ratio", "5e-1"),
    ("flag", True),
    ("flag", 1),
    ("kind", "DRAFT"),
    ("kind", Status.DRAFT),
    ("letter", "a"),
    ("token", UUID.hex),
    ("textToken", str(UUID).upper()),
    ("born", "2024-02-29"),
    ("at", "2024-02-29T12:30:00"),
    ("at", "2024-02-29T12:30:00Z"),
    ("at", "2024-02-29T14:30:00+02:00"),
    ("aware", "2024-02-29T12:30:00"),
    ("aware", "2024-02-29T14:30:00+02:00"),
    ("hour", "14:30+02:00"),
    ("lasts", datetime.timedelta(hours=1)),
    ("blob", b"x"),
    ("words", ["a", "b"]),
    ("plainName", "ONE"),
    ("plainName", ["ONE", "two"]),
]
REFUSED = [
    ("id", str(2**63)),
    ("id", 2**63),
    ("id", ["1", str(2**63)]),
    ("id", "1_0"),
    ("id", " 1 "),
    ("small", "x"),
    ("name", "\ud800"),
    ("price", "NaN"),
    ("price", "1e999999"),
    ("ratio", float("inf")),
    ("ratio", "1e400"),
    ("flag", "maybe"),
    ("kind", "GONE"),
    ("letter", "c"),
    ("token", "zz"),
    ("textToken", "zz"),
    ("born", "2024-02-30"),
    ("at", "10000-01-01"),
    ("aware", "9999-12-31T23:59:59-14:00"),
    ("hour", "24:30"),
    ("lasts", "1 day"),
    ("blob", "x"),
]
REFUSED_BY_SERVERS = [("id", 2**31), ("small", 40000), ("price", "123456789")]
REFUSED_BY_POSTGRESQL = [("name", "a\0b")]


class TestOnEachDriver:
    """Tables are made once for each driver: what is asked of them is a loop."""

    async def test_a_value_finds_its_row(self, ask, database):
        for argument, value in FOUND:
            if (database.driver, argument) == ("aiomysql", "blob"):
                continue  # aiomysql fails to pass bytes
            assert await ask(argument, value) == ([1], [], 2), (argument, value)

    async def test_a_value_that_no_row_can_have_does_not_reach_it(self, ask, database):
        refused = [*REFUSED]
        if database.engine.dialect.name != "sqlite":
            refused += REFUSED_BY_SERVERS
        if database.engine.dialect.name == "postgresql":
            refused += REFUSED_BY_POSTGRESQL
        for argument, value in refused:
            rows, messages, statements = await ask(argument, value)
            assert (rows, statements) == (None, 1), (argument, value)
            [message] = messages
            where = f"{argument}[1]" if isinstance(value, list) else argument
            assert message.startswith(f"Argument {where!r} is ")

    async def test_a_long_list_is_one_statement_or_an_error(self, ask):
        assert await ask("id", [*range(30_000), *range(30_000)]) == ([1, 2], [], 2)

        rows, [message], statements = await ask("id", list(range(70_000)))
        assert (rows, statements) == (None, 1)
        assert re.fullmatch(
            r"Argument 'id' has 70000 different values\. All "
            r"arguments of a field may have \d+ together\.",
            message,
        )

    async def test_an_error_does_not_echo_all_that_was_sent(self, ask):
        for value in ("x" * 1_000_000, ["x" * 1_000_000], {"x" * 1_000_000: 1}):
            _, [message], _ = await ask("id", value)
            assert len(message) < 200
