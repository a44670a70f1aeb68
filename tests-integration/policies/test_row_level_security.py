"""PostgreSQL's own row-level security, with the viewer named for each transaction."""

from __future__ import annotations

from typing import Any

import pytest
from ariadne import graphql, graphql_sync, make_executable_schema
from sqlalchemy import Column, ForeignKey, Integer, String, event, text
from sqlalchemy.orm import DeclarativeBase, Session, relationship

from ariadne_sqla import SQLAlchemyObjectType, SQLAlchemyQueryType
from sqla_loaders import LoaderRegistry

ROLE = "sqla_test_viewer"
"""No superuser: those see all rows."""


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id = Column(Integer, primary_key=True)
    posts = relationship("Post", back_populates="author", order_by="Post.id")


class Post(Base):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
    title = Column(String)
    author_id: Any = Column(ForeignKey("authors.id"))
    author = relationship(Author, back_populates="posts")


ROWS = f"""
    DO $$ BEGIN
      CREATE ROLE {ROLE};
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END $$;
    GRANT SELECT ON authors, posts TO {ROLE};
    ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
    CREATE POLICY posts_seen ON posts USING (
      author_id = NULLIF(current_setting('app.viewer', true), '')::int
    );
"""


class ViewerSession(Session):
    """A session whose transactions are those of `info["viewer"]`, the id of a user."""


@event.listens_for(ViewerSession, "after_begin")
def set_viewer(session: Session, _: Any, connection: Any) -> None:
    viewer = str(session.info.get("viewer") or "")
    connection.execute(text(f"SET LOCAL ROLE {ROLE}"))
    connection.execute(
        text("SELECT set_config('app.viewer', :viewer, true)"), {"viewer": viewer}
    )


@pytest.mark.parametrize("database", ["psycopg", "asyncpg"], indirect=True)
async def test_each_transaction_sees_the_rows_of_its_viewer(database: Any) -> None:
    Base.metadata.create_all(database.engine)
    with Session(database.engine) as session:
        for n in (1, 2):
            author = Author(id=n)
            author.posts.append(Post(id=n, title=f"post {n}"))
            session.add(author)
        session.execute(text(ROWS))
        session.commit()
    types = [SQLAlchemyObjectType("Author", Author), SQLAlchemyObjectType("Post", Post)]
    sdl = """type Query { posts: [Post!]! authors: [Author!]! }
             type Author { id: ID! posts: [Post!]! } type Post { title: String }"""
    schema = make_executable_schema(sdl, SQLAlchemyQueryType(types), *types)
    document = "{ posts { title } authors { id posts { title } } }"
    options = (
        {"sync_session_class": ViewerSession}
        if database.is_async
        else {"class_": ViewerSession}
    )
    sessions = database.session_factory(**options)

    for viewer in (1, 2, None, 1):
        session = sessions(info={"viewer": viewer})
        context = {"session": session, "loader_registry": LoaderRegistry(session)}
        data = {"query": document}
        if database.is_async:
            _, result = await graphql(schema, data, context_value=context)
            await session.close()
        else:
            _, result = graphql_sync(schema, data, context_value=context)
            session.close()
        seen = [{"title": f"post {viewer}"}] if viewer else []
        assert result == {
            "data": {
                "posts": seen,
                "authors": [
                    {"id": str(n), "posts": seen if n == viewer else []} for n in (1, 2)
                ],
            }
        }
