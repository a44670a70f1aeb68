import enum
from datetime import datetime

import pytest
from ariadne import EnumType, QueryType, ScalarType, make_executable_schema
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Table,
    create_engine,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from ariadne_sqla import ConfigurationError, SQLAlchemyObjectType, SQLAlchemyQueryType
from ariadne_sqla.check import (
    CODES,
    assert_no_findings,
    check_schema,
    finding_of,
)


class Base(DeclarativeBase):
    pass


class Level(enum.Enum):
    LOW = 1
    HIGH = 2


tagged = Table(
    "tagged",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    email: Mapped[str | None]
    level: Mapped[Level]
    views: Mapped[int] = mapped_column(BigInteger)
    extra: Mapped[dict[str, int]] = mapped_column(JSON)
    joined: Mapped[datetime]
    icq: Mapped[str] = mapped_column(comment="Deprecated: nobody has one.")
    posts: Mapped[list["Post"]] = relationship(back_populates="author")

    @property
    def shout(self) -> str:
        return self.name.upper()


class Post(Base):
    __tablename__ = "posts"
    __table_args__ = (Index("ix", "title", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")
    tags: Mapped[list["Tag"]] = relationship(secondary=tagged, back_populates="posts")


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list[Post]] = relationship(secondary=tagged, back_populates="tags")


WHOLE = """
    scalar DateTime
    type Query {
        users(filter: UserFilter, name: String, email: String): [User!]!
        posts(orderBy: [PostOrder!], limit: Int): [Post!]!
        search(term: String): [Post!]!
    }
    type Mutation { publish: Post }
    type User {
        id: ID!
        name: String!
        email: String!
        level: Level!
        views: Int!
        extra: String
        joined: DateTime
        icq: String
        shout: String
        loud: String
        posts(limit: Int): [Post!]!
    }
    type Post { id: ID! title: String! author: User! tags: [Tag!]! }
    type Tag { posts: [Post!]! }
    enum Level { LOW MIDDLE }
    input UserFilter { name: String email: String not: UserFilter }
    enum PostOrder { TITLE_ASC TEXT_ASC TEXT_DESC AUTHOR_EMAIL_ASC }
"""


def schema_of(type_defs=WHOLE, **of_users):
    """Return a schema that has a finding of each kind."""

    user_type = SQLAlchemyObjectType("User", User, **of_users)
    user_type.set_field("loud", lambda user, info: user.name.upper())
    query = QueryType()
    query.set_field("search", lambda _, info: [])
    object_types = [
        user_type,
        SQLAlchemyObjectType("Post", Post, max_page_size=50),
        SQLAlchemyObjectType("Tag", Tag),
    ]
    return make_executable_schema(
        type_defs,
        query,
        SQLAlchemyQueryType(object_types),
        *object_types,
        ScalarType("DateTime", serializer=lambda value: value),
        EnumType("Level", {"LOW": Level.LOW, "MIDDLE": "middle"}),
    )


FOUND = [
    ("drift", "User.icq"),
    ("enum-mismatch", "User.level"),
    ("enum-mismatch", "User.level"),
    ("foreign-key-index", "Tag.posts"),
    ("foreign-key-index", "User.posts"),
    ("filter-index", "Query.users(email:)"),
    ("nullable-column", "User.email"),
    ("nullable-relationship", "Post.author"),
    ("order-index", "PostOrder.TEXT_ASC"),
    ("scalar-mismatch", "User.extra"),
    ("scalar-mismatch", "User.joined"),
    ("scalar-mismatch", "User.views"),
    ("unanswered-field", "Mutation.publish"),
    ("unbounded-list", "Post.tags"),
    ("unbounded-list", "Query.users"),
    ("unbounded-list", "Tag.posts"),
    ("unknown-argument", "Query.search(term:)"),
    ("unplanned-code", "User.loud"),
    ("unplanned-code", "User.shout"),
]


def test_a_root_field_that_nothing_answers_is_found_with_its_cure():
    user, tag = SQLAlchemyObjectType("User", User), SQLAlchemyObjectType("Tag", Tag)
    sdl = """
      type Query { users(limit: Int = 9): [User!] tags: [Tag!] version: Int }
      type Subscription { users: User }
      type User { name: String }
      type Tag { id: ID }
    """
    schema = make_executable_schema(sdl, SQLAlchemyQueryType([user]), tag)

    found = check_schema(schema, silence=["unbounded-list"])
    assert [(one.code, one.coordinate, one.fix) for one in found] == [
        (
            "unanswered-field",
            "Query.tags",
            "Put 'Tag' among the types of a SQLAlchemyQueryType, or give the field a "
            "resolver.",
        ),
        ("unanswered-field", "Query.version", "Give it a resolver."),
        ("unanswered-field", "Subscription.users", "Give it a source."),
    ]


def test_each_kind_of_finding_is_found_and_nothing_else():
    found = check_schema(schema_of())

    assert [(one.code, one.coordinate) for one in found] == FOUND
    found_elsewhere = {"configuration", "unused-silence"}
    assert {code for code, _ in FOUND} | found_elsewhere == set(CODES)


def finding_at(coordinate):
    return next(
        one for one in check_schema(schema_of()) if one.coordinate == coordinate
    )


@pytest.mark.parametrize(
    ("coordinate", "statement"),
    [
        ("User.posts", "CREATE INDEX ix_posts_author_id ON posts (author_id)."),
        ("Tag.posts", "CREATE INDEX ix_tagged_tag_id ON tagged (tag_id)."),
        (
            "PostOrder.TEXT_ASC",
            "CREATE INDEX ix_posts_text ON posts (text); or take it out.",
        ),
    ],
)
def test_the_index_is_given_as_a_statement(coordinate, statement):
    assert finding_at(coordinate).fix == statement


def test_a_finding_says_what_why_and_what_to_do():
    assert str(finding_at("User.email")) == (
        "User.email  nullable-column\n"
        "    The column of 'User.email' may be NULL. Where it is, the whole object is "
        "an error, and so is the list that it is in.\n"
        "    Take the ! off, or make the column NOT NULL."
    )


def test_a_primary_key_is_not_null_whatever_sqlite_says_of_it():
    class Base(DeclarativeBase):
        pass

    class Tag(Base):
        __tablename__ = "tags"

        id: Mapped[int | None] = mapped_column(primary_key=True)
        name: Mapped[str | None]

    tag = SQLAlchemyObjectType("Tag", Tag)
    schema = make_executable_schema(
        "type Query { tag(id: ID!): Tag } type Tag { id: ID! name: String! }",
        SQLAlchemyQueryType([tag]),
        tag,
    )

    found = check_schema(schema)

    assert Tag.__table__.c.id.nullable
    assert [one.coordinate for one in found] == ["Tag.name"]


def test_a_hint_for_the_whole_type_says_what_its_resolvers_read():
    found = check_schema(schema_of(requires={"*": []}))

    plain = [one.coordinate for one in found if one.code == "unplanned-code"]
    assert plain == ["User.shout"]


def test_findings_are_silenced_by_code_and_by_coordinate():
    codes = {code for code, _ in FOUND} - {"unplanned-code", "nullable-column"}

    found = check_schema(
        schema_of(), silence=[*codes, "unplanned-code:User.s*", "nullable-column:X.y"]
    )

    assert [(one.code, one.coordinate) for one in found] == [
        ("nullable-column", "User.email"),
        ("unplanned-code", "User.loud"),
        ("unused-silence", "X.y"),
    ]


def test_the_helper_for_tests_fails_with_what_was_found():
    with pytest.raises(AssertionError, match=r"^19 findings in the sch"):
        assert_no_findings(schema_of())

    assert_no_findings(schema_of(), silence={code for code, _ in FOUND})


def test_an_index_that_several_fields_want_is_one_finding_with_all_of_them():
    [found] = [one for one in check_schema(schema_of()) if "email" in one.fix]

    assert str(found) == (
        "Query.users(email:), UserFilter.email, PostOrder.AUTHOR_EMAIL_ASC  "
        "filter-index\n"
        "    No index leads users.email: to filter or to order by it the whole table "
        "is read.\n"
        "    CREATE INDEX ix_users_email ON users (email); or take it out."
    )
    assert found.statement == "CREATE INDEX ix_users_email ON users (email)"
    silence = ["filter-index", "unknown-argument"]
    [left] = [
        one
        for one in check_schema(schema_of(), silence=silence)
        if one.statement and "email" in one.statement
    ]
    assert (left.code, left.where) == ("order-index", "PostOrder.AUTHOR_EMAIL_ASC")


@pytest.mark.parametrize(
    "table",
    [
        "email varchar(80) UNIQUE",
        "email varchar(80), UNIQUE (email, name)",
        "email varchar(80) PRIMARY KEY",
        "email varchar(80), PRIMARY KEY (email, name)",
    ],
)
def test_what_a_database_makes_of_unique_and_of_a_primary_key_counts(table):
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE users (name varchar(80), {table})"))

    coordinates = {one.coordinate for one in check_schema(schema_of(), engine=engine)}

    assert "UserFilter.email" not in coordinates
    assert "Query.users(email:)" not in coordinates


def test_an_index_of_the_database_counts():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE INDEX mine ON users (email, name)"))
        connection.execute(text("ALTER TABLE users DROP COLUMN icq"))

    found = check_schema(schema_of(), engine=engine)

    codes = {(one.code, one.coordinate) for one in found}
    assert ("filter-index", "UserFilter.email") not in codes
    assert ("order-index", "PostOrder.AUTHOR_EMAIL_ASC") not in codes
    [gone, _] = [one for one in found if one.coordinate == "User.icq"]
    assert "deprecated" in gone.why or "has no column users.icq" in gone.why


@pytest.mark.parametrize(
    ("written", "wrong", "code", "coordinate"),
    [
        (
            "posts(limit: Int)",
            "posts(lmit: Int)",
            "unknown-argument",
            "User.posts(lmit:)",
        ),
        ("TITLE_ASC", "TITEL_ASC", "configuration", "PostOrder.TITEL_ASC"),
    ],
)
def test_a_schema_that_cannot_be_made_is_one_finding(written, wrong, code, coordinate):
    with pytest.raises(ConfigurationError) as raised:
        schema_of(WHOLE.replace(written, wrong))

    finding = finding_of(raised.value)

    assert (finding.code, finding.coordinate) == (code, coordinate)
