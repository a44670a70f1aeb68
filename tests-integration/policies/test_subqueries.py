"""Policies with subqueries over the tables of the query itself mean what they say.

Each gives the answers of one that has the keys of the same rows as values.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from ariadne import graphql_sync, make_executable_schema
from sqlalchemy import ForeignKey, Integer, exists, func, literal_column, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    mapped_column,
    relationship,
)

from ariadne_sqla import (
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyExecutionContext,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    public,
)
from sqla_loaders.testing import count_statements


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    age: Mapped[int]
    boss_id: Mapped[int | None] = mapped_column(ForeignKey("authors.id"))
    boss: Mapped["Author | None"] = relationship(remote_side=id)
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id"
    )


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
    author: Mapped[Author] = relationship(back_populates="posts")


SDL = """
type Query { posts(orderBy: [PostOrder!], filter: PostFilter): [Post!]! }
type Post { id: ID! author: Author }
type Author {
  id: ID! age: Int! boss: Author
  posts(orderBy: [PostOrder!], filter: PostFilter, limit: Int): [Post!]!
}
input PostOrder { id: Direction author: AuthorOrder }
input AuthorOrder { age: Direction boss: AuthorOrder }
enum Direction { ASC DESC }
input PostFilter { author: AuthorFilter }
input AuthorFilter { age: IntFilter boss: AuthorFilter }
input IntFilter { gt: Int }
"""
POLICIES: dict[str, Callable[[Any], Any]] = {
    "its own table": lambda author: author.id.in_(
        select(Author.id).where(Author.age > 10)
    ),
    "an alias of its own table": lambda author: author.boss_id.in_(
        select(aliased(Author).id)
    ),
    "a value of its own table": lambda author: (
        author.age > select(func.min(Author.age)).scalar_subquery()
    ),
    "rows that refer to it": lambda author: exists().where(
        Post.author_id == author.id, Post.id < 5
    ),
    "keys in rows that refer to it": lambda author: author.id.in_(
        select(Post.author_id).where(Post.id < 5)
    ),
    "a relationship": lambda author: author.posts.any(Post.id < 5),
    "SQL text": lambda author: literal_column("authors.age", Integer) > 10,
    "a relationship to itself": lambda author: author.boss.has(Author.age > 10),
}
DOCUMENTS = [
    "{ posts(orderBy: [{author: {age: ASC}}, {id: ASC}]) { id author { age } } }",
    "{ posts(orderBy: [{author: {boss: {age: DESC}}}, {id: ASC}]) { id } }",
    "{ posts(orderBy: [{id: ASC}], filter: {author: {age: {gt: 5}}}) { id } }",
    "{ posts(orderBy: [{id: ASC}], filter: {author: {boss: {age: {gt: 5}}}}) { id } }",
    """{ posts(orderBy: [{id: ASC}]) { author {
        boss { age }
        posts(orderBy: [{author: {boss: {age: ASC}}}, {id: DESC}], limit: 2) {
          id author { age boss { id } }
        }
    } } }""",
    """{ posts(orderBy: [{id: ASC}]) { author {
        posts(filter: {author: {age: {gt: 5}}}) { id author { age } }
    } } }""",
]


@pytest.fixture
def session(database: Any) -> Any:
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        # Not in the order of their keys, and in a circle.
        session.add_all(
            Author(id=n, age=age) for n, age in enumerate((1, 20, 5, 30, 11), start=1)
        )
        session.flush()
        for author in session.scalars(select(Author)):
            author.boss_id = None if author.id == 2 else author.id % 5 + 1
        session.add_all(Post(id=n, author_id=n * 2 % 5 + 1) for n in range(1, 11))
        session.commit()
        yield session
        # MariaDB drops no table that a row of its own refers to.
        session.rollback()


def schema(policy: Any) -> Any:
    types = [
        SQLAlchemyObjectType("Post", Post, policy=public),
        SQLAlchemyObjectType("Author", Author, policy=lambda one, _: policy(one)),
    ]
    query = SQLAlchemyQueryType(types, max_depth=6)
    return make_executable_schema(SDL, query, *types)


def ask(session: Session, made: Any, document: str, **options: Any) -> str:
    session.expunge_all()
    _, result = graphql_sync(
        made,
        {"query": document},
        context_value={"session": session},
        extensions=[SQLAlchemyDataLoaderExtension],
        **options,
    )
    return json.dumps(result, sort_keys=True)


@pytest.mark.parametrize("database", ["sqlite", "psycopg", "pymysql"], indirect=True)
@pytest.mark.parametrize("name", POLICIES)
def test_a_subquery_of_a_policy_is_about_its_own_rows(
    session: Session, name: str
) -> None:
    policy = POLICIES[name]
    keys = session.scalars(select(Author.id).where(policy(Author))).all()
    assert 0 < len(keys) < 5
    made = schema(policy)
    plain = schema(lambda author: author.id.in_(keys))
    for options in ({}, {"execution_context_class": SQLAlchemyExecutionContext}):
        for document in DOCUMENTS:
            with count_statements(session.get_bind().engine) as statements:
                answer = ask(session, made, document, **options)
            with count_statements(session.get_bind().engine) as usual:
                wanted = ask(session, plain, document, **options)
            assert "errors" not in json.loads(answer), answer
            assert answer == wanted, document
            # Where its subquery cannot stand in a join, each level is one more.
            assert len(statements) <= len(usual) + 3, statements
