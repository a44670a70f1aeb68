"""Each reason why something is not answered as JSON: nothing is sent then."""

import pytest
from sqlalchemy import ForeignKey, event, func, literal_column, select, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    attribute_keyed_dict,
    column_property,
    joinedload,
    mapped_column,
    query_expression,
    relationship,
    selectinload,
    with_loader_criteria,
)

from sqla_json import Declined, compiled
from sqla_selection import LoadPlan

from .asking import same, schema_of, why_not


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    best_id: Mapped[int | None] = mapped_column()
    asked: Mapped[int | None] = query_expression()
    posts: Mapped[list["Post"]] = relationship(order_by="Post.id")
    by_title: Mapped[dict[str, "Post"]] = relationship(
        collection_class=attribute_keyed_dict("title"), viewonly=True
    )
    as_set: Mapped[set["Post"]] = relationship(viewonly=True)
    dynamic = relationship("Post", lazy="write_only", viewonly=True)
    latest: Mapped["Post | None"] = relationship(
        uselist=False, viewonly=True, order_by="desc(Post.id)"
    )
    in_text: Mapped[list["Post"]] = relationship(
        viewonly=True, order_by=literal_column("posts.title")
    )
    counted: Mapped[list["Post"]] = relationship(
        viewonly=True,
        primaryjoin=lambda: (
            (User.id == Post.author_id)
            & (select(func.count(Other.id)).scalar_subquery() >= 0)
        ),
    )
    others: Mapped[list["Post"]] = relationship(
        primaryjoin=lambda: (User.id == Post.author_id) & (Post.id == Other.id),
        foreign_keys=lambda: [Post.author_id],
        viewonly=True,
    )

    @property
    def shout(self):
        return self.name.upper()

    @hybrid_property
    def hybrid(self):
        return self.name


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(viewonly=True)


class Other(Base):
    __tablename__ = "others"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User | None] = relationship()


User.n_posts = column_property(
    select(func.count(Post.id)).where(Post.author_id == User.id).scalar_subquery()
)

SDL = """
type Query { users: [User!]! posts: [Post!]! others: [Other!]! nodes: [Node!]! }
interface Node { id: ID! }
type User implements Node {
  id: ID!, name: String!, shout: String, hybrid: String, own: String, asked: Int
  n_posts: Int, posts: [Post!], by_title: [Post!], as_set: [Post!], dynamic: [Post!]
  latest: Post, in_text: [Post!], counted: [Post!], others: [Post!]
  dotted: String, one: Post, many: [[Post]], nested: Post
}
type Post implements Node { id: ID!, title: String!, author: User! }
type Other { id: ID!, user: User }
"""
ALIASES = {"dotted": "posts.title", "one": "posts", "many": "posts", "nested": "name"}


@pytest.fixture
def session(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(User(id=1, name="ada", posts=[Post(id=1, title="x")]))
        session.commit()
        yield session


@pytest.fixture
def schema():
    models = {"User": User, "Post": Post, "Other": Other}
    return schema_of(SDL, models, User={"aliases": ALIASES})


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("shout", "User.shout is read by Python."),
        ("hybrid", "User.hybrid is read by Python."),
        (
            "asked",
            "User.asked is a `query_expression()`",
        ),
        ("by_title { id }", "User.by_title has a collection that is no list."),
        ("as_set { id }", "User.as_set has a collection that is no list."),
        ("dynamic { id }", "User.dynamic is mapped lazy='write_only'."),
        ("latest { id }", "User.latest is a scalar that may have several rows."),
        ("in_text { id }", "User.in_text has SQL text in its condition or order."),
        ("counted { id }", "User.counted has a subquery in its condition or order."),
        ("others { id }", "User.others joins more tables than its own."),
    ],
)
def test_a_field_declines(asked, why, schema, session):
    rows = select(User).where(User.id < 0)  # what objects would do is not the point
    given = why_not(session, schema, f"{{ users {{ {asked} }} }}", rows)

    assert given.startswith(why)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("dotted", "User.dotted is read by Python."),
        ("one { id }", "User.one is declared as Post, which User.posts is not."),
        ("many { id }", "User.many is declared as [[Post]], which User.posts is not."),
    ],
)
def test_an_alias_declines_where_it_leads_elsewhere(asked, why, schema, session):
    rows = select(User).where(User.id < 0)

    assert why_not(session, schema, f"{{ users {{ {asked} }} }}", rows) == why


def test_a_resolver_of_ones_own_declines(schema, session):
    schema.type_map["Post"].fields["title"].resolve = lambda post, info: post.id

    why = why_not(session, schema, "{ users { posts { title } } }")
    assert why == "Post.title has a resolver of its own."


def test_a_resolver_that_is_set_later_declines(schema, session):
    same(session, schema, "{ users { name } }")
    schema.type_map["User"].fields["name"].resolve = lambda user, info: "later"

    why = why_not(session, schema, "{ users { name } }")
    assert why in (
        "User.name has a resolver of its own.",
        "A field has got another resolver since it was compiled.",
    )


def test_an_interface_declines(schema, session):
    plan = LoadPlan(User.__mapper__, frozenset())
    type_ = schema.query_type.fields["nodes"].type

    answer = compiled(plan, type_, schema, session.get_bind().dialect)
    why = "Which type of Node a row is shown as, Python tells."
    assert answer == Declined(why)


def test_a_type_that_is_not_bound_declines(session):
    schema = schema_of(SDL, {"User": User})

    why = why_not(session, schema, "{ users { posts { id } } }")
    assert why == "Post is not bound to Post."


def test_a_type_that_may_refuse_rows_declines(schema, session):
    schema.type_map["Post"].is_type_of = lambda value, info: True

    why = why_not(session, schema, "{ users { posts { id } } }")
    assert why == "Post has an `is_type_of`, which may refuse a row."


def test_a_strategy_of_the_application_declines(session):
    def published(attribute):
        return selectinload(attribute.and_(Post.id > 1))

    models = {"User": User, "Post": Post}
    schema = schema_of(SDL, models, User={"strategies": {"posts": published}})
    why = why_not(session, schema, "{ users { posts { id } } }")
    assert why == "User.posts has a strategy of the application's."

    schema = schema_of(SDL, models, User={"strategies": {"posts": joinedload}})
    same(session, schema, "{ users { posts { id } } }")


def test_a_subquery_of_a_class_declines_below_the_root(schema, session):
    assert same(session, schema, "{ users { n_posts } }") == [{"n_posts": 1}]
    why = why_not(session, schema, "{ posts { author { n_posts } } }")
    assert why == "User.n_posts is a subquery, which may mean a table around it."


def test_more_fields_than_a_function_takes_decline(schema, session):
    names = " ".join(f"f{n}: name" for n in range(64))

    why = why_not(session, schema, f"{{ users {{ {names} }} }}")
    assert why.startswith("64 fields of User are more than 63")
    names = " ".join(f"f{n}: name" for n in range(63))
    same(session, schema, f"{{ users {{ {names} }} }}")


def test_a_database_that_is_not_known_declines(schema, session, monkeypatch):
    monkeypatch.setattr(session.get_bind().dialect, "name", "oracle")

    why = why_not(session, schema, "{ users { id } }")
    assert why == "How oracle makes JSON is not known."


def test_an_old_sqlite_declines(schema, session, monkeypatch):
    dialect = session.connection().dialect
    monkeypatch.setattr(dialect, "server_version_info", (3, 37, 2))

    why = why_not(session, schema, "{ users { id } }")
    assert why == "SQLite before 3.38 has JSON functions in some builds only."


def test_a_class_with_code_at_load_declines(session):
    class Watched(Base):
        __tablename__ = "watched"
        id: Mapped[int] = mapped_column(primary_key=True)

    event.listen(Watched, "load", lambda target, context: None)
    sdl = "type Query { watched: [Watched!]! } type Watched { id: ID! }"
    schema = schema_of(sdl, {"Watched": Watched})
    Base.metadata.create_all(session.get_bind())

    why = why_not(session, schema, "{ watched { id } }")
    assert why.startswith("Watched is loaded as objects. The application's code runs")
    Base.metadata.remove(Watched.__table__)
    Base.registry._dispose_cls(Watched)


@pytest.mark.parametrize("change", ["new", "dirty", "deleted"])
def test_a_session_with_changes_declines(change, schema, session):
    session.autoflush = False
    user = session.get_one(User, 1)
    if change == "new":
        session.add(User(name="bob"))
    elif change == "dirty":
        user.name = "eve"
    else:
        session.delete(session.get_one(Post, 1))

    why = why_not(session, schema, "{ users { id name } }")
    assert why == "The session has changes that the database does not have yet."


def test_a_hook_of_the_session_declines(schema, session):
    @event.listens_for(session, "do_orm_execute")
    def hidden(state):
        if state.is_select:
            criteria = with_loader_criteria(User, User.id > 1)
            state.statement = state.statement.options(criteria)

    why = why_not(session, schema, "{ users { id } }")
    assert why == "A `do_orm_execute` hook sees the statements of the session."


@pytest.mark.parametrize(
    ("stmt", "why"),
    [
        (select(User).distinct(), "The statement has DISTINCT"),
        (select(User).group_by(User.id), "The statement has GROUP BY"),
        (select(User).with_for_update(), "The statement has FOR UPDATE"),
        (select(User).where(text("name = 'ada'")), "The statement has SQL text"),
        (
            select(User).options(joinedload(User.posts)),
            "The statement has loader",
        ),
        (
            select(User).options(with_loader_criteria(User, User.id > 1)),
            "The statement has loader",
        ),
        (
            select(User).from_statement(text("SELECT * FROM users")),
            "The statement is a FromStatement.",
        ),
    ],
)
def test_a_statement_declines(stmt, why, schema, session):
    given = why_not(session, schema, "{ users { id } }", stmt, is_plain=False)

    assert given.startswith(why)


def test_rows_in_several_databases_decline(schema, session, tmp_path):
    from sqlalchemy import create_engine

    other = create_engine(f"sqlite:///{tmp_path}/other.db")
    Base.metadata.create_all(other)
    here = session.get_bind()

    class Routed(Session):
        def get_bind(self, mapper=None, **kwargs):
            return other if mapper is not None and mapper.class_ is Post else here

    with Routed() as routed:
        why = why_not(routed, schema, "{ users { posts { id } } }")
    other.dispose()
    assert why == "The rows are in several databases."


def test_what_is_of_one_request_declines_without_one(session):
    models = {"User": User, "Post": Post}
    policy = {"policy": lambda post, info: True}
    schema = schema_of(SDL, models, Post=policy)

    why = why_not(session, schema, "{ users { posts { id } } }")
    assert why == "Its policies and arguments are of one request, which is not given."
    same(session, schema, "{ users { id } }")
