# ruff: noqa: RUF012  # a dict is what SQLAlchemy takes as __mapper_args__

import warnings
from types import SimpleNamespace

import pytest
from graphql import build_schema
from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    Table,
    and_,
    func,
    inspect,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.exc import SADeprecationWarning, SAWarning
from sqlalchemy.ext.declarative import ConcreteBase
from sqlalchemy.orm import (
    DeclarativeBase,
    DynamicMapped,
    Mapped,
    Session,
    aliased,
    column_property,
    configure_mappers,
    contains_eager,
    defer,
    joinedload,
    load_only,
    mapped_column,
    noload,
    query_expression,
    raiseload,
    relationship,
    selectinload,
    subqueryload,
    with_expression,
)
from sqlalchemy.orm.exc import StaleDataError

from sqla_selection import (
    ConfigurationError,
    DepthLimit,
    DepthLimitError,
    LoadPlan,
    RelationshipPlan,
    SelectionPathError,
    TypeConfig,
    TypeRegistry,
    auto_eager_load,
    collect,
    plan,
    with_options,
)
from sqla_selection.options import MAX_TABLES, options_for, options_on


class Base(DeclarativeBase):
    pass


post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    email: Mapped[str]
    biography: Mapped[str] = mapped_column(default="", deferred=True)
    score: Mapped[int] = query_expression()
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id"
    )
    settings: Mapped[list["Setting"]] = relationship(lazy="selectin")
    badges: Mapped[list["Badge"]] = relationship(lazy="joined")
    all_posts: DynamicMapped["Post"] = relationship(viewonly=True)
    latest: Mapped["Post | None"] = relationship(
        order_by="Post.id.desc()", uselist=False, viewonly=True
    )


class Setting(Base):
    __tablename__ = "settings"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Badge(Base):
    __tablename__ = "badges"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class Category(Base):
    __tablename__ = "categories"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str] = mapped_column(default="…")
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    category: Mapped[Category | None] = relationship(lazy="joined")
    tags: Mapped[list["Tag"]] = relationship(secondary=post_tags, order_by="Tag.id")


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


User.post_count = column_property(
    select(func.count(Post.id)).where(Post.author_id == User.id).scalar_subquery(),
    deferred=True,
)
_ranked = select(
    Post,
    func.row_number().over(partition_by=Post.author_id, order_by=Post.id).label("row"),
).subquery()
RankedPost = aliased(Post, _ranked)
User.last_posts = relationship(
    RankedPost,
    primaryjoin=and_(RankedPost.author_id == User.id, _ranked.c.row == 2),
    viewonly=True,
)


class Document(Base):
    __tablename__ = "documents"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    stock: Mapped[int]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


SDL = """
type Query {
  users: [User] posts: [Post] feed: Feed name: String documents: [Document]
}
type Document { title: String stock: Int }
type User {
  id: ID username: String score: Int biography: String posts: [Post]
  settings: [Setting] badges: [Badge] all_posts: [Post] latest: Post
  post_count: Int last_posts: [Post]
}
type Setting { id: ID name: String }
type Badge { id: ID name: String }
type Category { id: ID name: String }
type Post {
  id: ID title: String body: String author: User writer: User tags: [Tag]
  category: Category
}
type Tag { id: ID name: String }
type Feed { edges: [Edge] }
type Edge { node: Post }
"""


@pytest.fixture
def schema():
    return build_schema(SDL)


@pytest.fixture
def session(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(
            User(
                id=number,
                username=f"user {number}",
                email=f"{number}@example.org",
                settings=[Setting(name="theme")],
                posts=[
                    Post(
                        title=f"post {number}.{place}",
                        tags=[Tag(name="a"), Tag(name="b")],
                        category=Category(name="news"),
                    )
                    for place in (1, 2)
                ],
            )
            for number in (1, 2, 3)
        )
        session.commit()
    with Session(engine) as session:
        yield session


def loaded(obj):
    return set(inspect(obj).dict) - {"_sa_instance_state"}


def with_joined(stmt, plan):
    """Return *stmt* with options for what is part of it, and no more."""
    return stmt.options(*options_on(stmt, plan, joined_only=True).options)


def wide_class(width):
    """Return a class with so many scalar relationships to itself."""

    class Base(DeclarativeBase):
        pass

    keys = [
        mapped_column(f"key_{number}", ForeignKey("wide.id")) for number in range(width)
    ]
    key = mapped_column("id", Integer, primary_key=True)
    attributes = {f"key_{number}": one for number, one in enumerate(keys)}
    attributes |= {
        f"other_{number}": relationship("Wide", foreign_keys=[one], remote_side=[key])
        for number, one in enumerate(keys)
    }
    wide = type("Wide", (Base,), {"__tablename__": "wide", "id": key, **attributes})
    configure_mappers()
    return wide


class TestAutoEagerLoad:
    def test_joins_scalars_and_selects_collections(
        self, schema, info_of, session, statements
    ):
        info = info_of(schema, "{ posts { title author { username } tags { name } } }")
        stmt = auto_eager_load(select(Post).order_by(Post.id), info, Post)

        with statements() as sent:
            posts = session.scalars(stmt).unique().all()
            read = [
                (post.title, post.author.username, [tag.name for tag in post.tags])
                for post in posts
            ]

        assert read[:3] == [
            ("post 1.1", "user 1", ["a", "b"]),
            ("post 1.2", "user 1", ["a", "b"]),
            ("post 2.1", "user 2", ["a", "b"]),
        ]
        assert len(read) == 6
        sent.expect(2)
        assert "LEFT OUTER JOIN users" in sent[0].sql

    def test_loads_only_the_columns_that_are_asked(self, schema, info_of, session):
        info = info_of(schema, "{ posts { title author { username } } }")

        post = session.scalars(auto_eager_load(select(Post), info, Post)).first()

        assert loaded(post) == {"id", "title", "author_id", "author"}
        assert loaded(post.author) == {"id", "username"}

    def test_loads_levels_below_collections(self, schema, info_of, session, statements):
        info = info_of(schema, "{ users { posts { title tags { name } } } }")
        stmt = auto_eager_load(select(User), info, User)

        with statements() as sent:
            users = session.scalars(stmt).all()
            names = {
                tag.name for user in users for post in user.posts for tag in post.tags
            }

        assert names == {"a", "b"}
        sent.expect(3)

    def test_loads_a_deferred_column_that_is_asked(
        self, schema, info_of, session, statements
    ):
        info = info_of(schema, "{ users { biography } }")

        with statements() as sent:
            users = session.scalars(auto_eager_load(select(User), info, User)).all()
            assert [user.biography for user in users] == ["", "", ""]

        sent.expect(1)

    def test_keeps_what_is_mapped_to_load_from_loading(
        self, schema, info_of, session, statements
    ):
        info = info_of(schema, "{ posts { title author { username } } }")
        stmt = auto_eager_load(select(Post), info, Post)

        with statements() as sent:
            post = session.scalars(stmt).first()

        sent.expect(1)
        assert "categories" not in sent[0].sql
        assert "category" not in loaded(post)
        assert "settings" not in loaded(post.author)

    def test_loads_what_is_mapped_to_load_when_it_is_asked(
        self, schema, info_of, session, statements
    ):
        info = info_of(schema, "{ posts { category { name } } }")
        stmt = auto_eager_load(select(Post), info, Post)

        with statements() as sent:
            assert session.scalars(stmt).first().category.name == "news"

        sent.expect(1)

    def test_leaves_a_dynamic_relationship_alone(
        self, schema, info_of, session, statements
    ):
        info = info_of(schema, "{ users { all_posts { title } } }")

        with statements() as sent:
            session.scalars(auto_eager_load(select(User), info, User)).all()

        sent.expect(1)

    def test_selects_a_scalar_that_may_have_several_rows(
        self, schema, info_of, session, statements
    ):
        info = info_of(schema, "{ users { latest { title } } }")
        stmt = auto_eager_load(select(User).order_by(User.id).limit(2), info, User)

        with pytest.warns(SAWarning, match="Multiple rows"), statements() as sent:
            users = session.scalars(stmt).all()

        assert [user.latest.title for user in users] == ["post 1.2", "post 2.2"]
        sent.expect(2)

    def test_selects_a_scalar_whose_columns_are_subqueries(
        self, schema, info_of, session, statements
    ):
        info = info_of(schema, "{ posts { title author { post_count } } }")
        stmt = auto_eager_load(select(Post).order_by(Post.id), info, Post)

        with statements() as sent:
            posts = session.scalars(stmt).all()
            assert [post.author.post_count for post in posts] == [2] * 6

        sent.expect(2)

    def test_selects_the_alias_that_a_relationship_is_mapped_to(
        self, schema, info_of, session, statements
    ):
        info = info_of(schema, "{ users { last_posts { title author { username } } } }")
        stmt = auto_eager_load(select(User).order_by(User.id), info, User)

        with statements() as sent:
            users = session.scalars(stmt).all()
            read = [
                [(post.title, post.author.username) for post in user.last_posts]
                for user in users
            ]

        assert read[:2] == [[("post 1.2", "user 1")], [("post 2.2", "user 2")]]
        sent.expect(2)

    @pytest.mark.parametrize(
        "change",
        [
            lambda stmt: stmt.order_by(text("title")),
            lambda stmt: stmt.order_by("title"),
            lambda stmt: stmt.where(text("title > ''")).order_by(Post.id),
            lambda stmt: stmt.group_by(Post.id).order_by(Post.id),
            lambda stmt: stmt.order_by(Post.id).with_for_update(),
            lambda stmt: stmt.from_statement(text("SELECT * FROM posts ORDER BY id")),
        ],
        ids=["text", "name", "where", "GROUP BY", "FOR UPDATE", "from_statement"],
    )
    def test_selects_scalars_where_the_statement_forbids_a_join(
        self, schema, info_of, session, statements, change
    ):
        info = info_of(schema, "{ posts { author { username } } }")
        stmt = auto_eager_load(change(select(Post)), info, Post)

        with statements() as sent:
            posts = session.scalars(stmt).all()
            read = [post.author.username for post in posts]

        assert read == [f"user {number}" for number in (1, 1, 2, 2, 3, 3)]
        sent.expect(2)

    def test_leaves_the_columns_of_a_distinct_statement(
        self, schema, info_of, session, statements
    ):
        info = info_of(schema, "{ posts { title author { username } } }")
        stmt = select(Post).distinct().order_by(Post.body, Post.id)

        with statements() as sent:
            post = session.scalars(auto_eager_load(stmt, info, Post)).first()

        assert loaded(post) == {
            "id",
            "title",
            "body",
            "author_id",
            "category_id",
            "author",
        }
        sent.expect(1)

    def test_joins_no_more_tables_than_databases_take(self):
        wide = wide_class(40)
        stmt = select(wide)
        planned = LoadPlan(
            inspect(wide),
            frozenset({"id"}),
            tuple(
                RelationshipPlan(prop, LoadPlan(prop.mapper, frozenset({"id"})))
                for prop in inspect(wide).relationships
            ),
        )

        options = options_on(stmt, planned, joined_only=True)
        sql = str(stmt.options(*options.options))

        assert sql.count(" JOIN ") == MAX_TABLES - 2  # an entity counts twice
        assert not options.are_enough

    def test_loads_the_version_so_that_no_update_is_lost(
        self, schema, info_of, session
    ):
        session.add(Document(id=1, title="a", stock=10))
        session.commit()
        info = info_of(schema, "{ documents { stock } }")
        document = session.scalars(
            auto_eager_load(select(Document), info, Document)
        ).one()
        assert loaded(document) == {"id", "stock", "version"}

        # What another transaction commits in the meantime.
        table = Document.__table__
        session.connection().execute(update(table).values(stock=3, version=2))
        document.stock -= 5

        with pytest.raises(StaleDataError):
            session.flush()

    def test_takes_settings_for_the_first_level(
        self, schema, info_of, session, statements
    ):
        info = info_of(schema, "{ posts { writer { username } } }")
        stmt = auto_eager_load(
            select(Post),
            info,
            Post,
            strategies={"writer": selectinload},
            aliases={"writer": "author"},
        )

        with statements() as sent:
            posts = session.scalars(stmt).all()
            assert {post.author.username for post in posts} == {
                "user 1",
                "user 2",
                "user 3",
            }

        sent.expect(2)
        assert loaded(posts[0].author) == {"id", "username"}

    def test_puts_its_settings_before_those_of_the_type(
        self, schema, info_of, session, statements
    ):
        TypeRegistry.of(schema).add(
            TypeConfig("Post", Post, strategies={"author": selectinload})
        )
        info = info_of(schema, "{ posts { author { username } } }")

        with statements() as sent:
            by_type = auto_eager_load(select(Post), info, Post)
            session.scalars(by_type).all()
        sent.expect(2)

        session.expunge_all()
        with statements() as sent:
            by_call = auto_eager_load(
                select(Post), info, Post, strategies={"author": joinedload}
            )
            session.scalars(by_call).all()
        sent.expect(1)

    @pytest.mark.parametrize("key", [Post, "Post"], ids=["model", "name"])
    @pytest.mark.parametrize(
        "value",
        [
            TypeConfig("Post", Post, {"title": "body"}),
            SimpleNamespace(config=TypeConfig("Post", Post, {"title": "body"})),
        ],
        ids=["config", "bindable"],
    )
    def test_takes_the_types_that_it_is_given(
        self, schema, info_of, session, key, value
    ):
        TypeRegistry.of(schema).add(TypeConfig("Post", Post))
        info = info_of(schema, "{ posts { title } }")
        stmt = auto_eager_load(select(Post), info, Post, type_registry={key: value})

        assert loaded(session.scalars(stmt).first()) == {"id", "body"}

    @pytest.mark.parametrize(
        "given", [{}, {"Post": TypeConfig("Post", Post)}], ids=["nothing", "one"]
    )
    def test_knows_the_types_that_it_is_not_given(
        self, schema, info_of, session, statements, given
    ):
        TypeRegistry.of(schema).add(TypeConfig("Tag", Tag, max_depth=1))
        info = info_of(schema, "{ posts { title tags { name } } }")
        with pytest.raises(DepthLimitError, match=r"set by 'Tag'"):
            auto_eager_load(select(Post), info, Post, type_registry=given)
        TypeRegistry.of(schema).add(TypeConfig("Tag", Tag, {"name": "id"}))

        stmt = auto_eager_load(select(Post), info, Post, type_registry=given)
        with statements() as sent:
            post = session.scalars(stmt).first()
        sent.expect(2)
        assert loaded(post.tags[0]) == {"id"}

    def test_leaves_the_statement_of_a_scalar_field_as_it_is(self, info_of):
        schema = build_schema("type Query { count: Int }")
        stmt = select(Post)

        assert auto_eager_load(stmt, info_of(schema, "{ count }"), Post) is stmt

    def test_plans_for_a_nested_field_of_the_result(
        self, schema, info_of, session, statements
    ):
        info = info_of(schema, "{ feed { edges { node { title tags { name } } } } }")
        stmt = auto_eager_load(select(Post), info, Post, path="edges.node")

        with statements() as sent:
            post = session.scalars(stmt).first()
            assert [tag.name for tag in post.tags] == ["a", "b"]

        sent.expect(2)
        assert loaded(post) == {"id", "title", "tags"}

    def test_refuses_what_nests_too_deep(self, schema, info_of):
        info = info_of(schema, "{ users { posts { author { posts { id } } } } }")

        with pytest.raises(DepthLimitError) as error:
            auto_eager_load(select(User), info, User)
        assert error.value.message == (
            "Query depth 4 exceeds max_depth=3 (the default)."
        )

        auto_eager_load(select(User), info, User, max_depth=4)
        with pytest.raises(DepthLimitError) as error:
            auto_eager_load(select(User), info, User, max_depth=2)
        assert error.value.message == (
            "Query depth 3 exceeds max_depth=2 (set by 'auto_eager_load')."
        )

    def test_takes_the_limit_of_the_schema_or_of_the_type(self, schema, info_of):
        types = TypeRegistry.of(schema)
        info = info_of(schema, "{ users { posts { author { posts { id } } } } }")
        types.limit = DepthLimit(4, "SQLAlchemyQueryType")
        auto_eager_load(select(User), info, User)

        types.limit = DepthLimit(2, "SQLAlchemyQueryType")
        with pytest.raises(DepthLimitError) as error:
            auto_eager_load(select(User), info, User)
        assert error.value.message == (
            "Query depth 3 exceeds max_depth=2 (set by 'SQLAlchemyQueryType')."
        )

        types.add(TypeConfig("User", User, max_depth=4))
        auto_eager_load(select(User), info, User)
        with pytest.raises(DepthLimitError) as error:
            auto_eager_load(select(User), info, User, max_depth=1)
        assert error.value.message == (
            "Query depth 2 exceeds max_depth=1 (set by 'auto_eager_load')."
        )

    def test_names_the_type_whose_limit_is_stricter(self, schema, info_of):
        TypeRegistry.of(schema).add(TypeConfig("Post", Post, max_depth=1))
        info = info_of(schema, "{ users { posts { id } } }")

        with pytest.raises(DepthLimitError) as error:
            auto_eager_load(select(User), info, User)

        assert error.value.message == (
            "Query depth 2 exceeds max_depth=1 (set by 'Post')."
        )

    def test_refuses_a_model_that_is_not_mapped(self, schema, info_of):
        info = info_of(schema, "{ users { id } }")

        with pytest.raises(ConfigurationError) as error:
            auto_eager_load(select(User), info, SimpleNamespace)

        assert str(error.value) == (
            "The model of 'User' is <class 'types.SimpleNamespace'>, which is not a "
            "mapped class. Pass the class that SQLAlchemy maps."
        )

    def test_refuses_a_path_that_the_schema_lacks(self, schema, info_of):
        info = info_of(schema, "{ feed { edges { node { id } } } }")

        with pytest.raises(SelectionPathError):
            auto_eager_load(select(Post), info, Post, path="edges.post")


class TestOptionsOnTheStatement:
    """What the application has put on its statement stays, and wins."""

    @pytest.fixture
    def run(self, schema, info_of, session, statements):
        def run(stmt, document, model=Post):
            stmt = auto_eager_load(stmt, info_of(schema, document), model)
            with statements() as sent:
                rows = session.scalars(stmt).unique().all()
            return rows, sent

        return run

    def test_a_strategy_for_a_relationship(self, run):
        stmt = select(Post).options(selectinload(Post.author))
        posts, sent = run(stmt, "{ posts { author { username } } }")

        sent.expect(2)
        assert loaded(posts[0].author) == {"id", "username"}

    def test_a_strategy_that_does_not_load(self, run):
        stmt = select(Post).options(raiseload(Post.author))
        posts, sent = run(stmt, "{ posts { author { username } } }")

        sent.expect(1)
        assert "author" not in loaded(posts[0])

    def test_contains_eager_of_a_filtered_join(self, run):
        stmt = (
            select(User)
            .join(User.posts)
            .where(Post.title.like("%.2"))
            .options(contains_eager(User.posts))
            .order_by(User.id)
        )
        users, sent = run(stmt, "{ users { username posts { title } } }", User)

        assert [[post.title for post in user.posts] for user in users] == [
            ["post 1.2"],
            ["post 2.2"],
            ["post 3.2"],
        ]
        sent.expect(1)

    def test_options_below_a_relationship(self, run):
        stmt = select(Post).options(joinedload(Post.author).undefer(User.biography))
        posts, sent = run(stmt, "{ posts { author { username } } }")

        sent.expect(1)
        assert loaded(posts[0].author) == {"id", "username", "biography"}

    def test_columns_that_it_loads_already(self, run):
        posts, sent = run(
            select(Post).options(load_only(Post.body)), "{ posts { title } }"
        )

        assert loaded(posts[0]) == {"id", "title", "body"}
        sent.expect(1)

    def test_columns_that_it_defers(self, run):
        posts, sent = run(
            select(Post).options(defer(Post.body)), "{ posts { title body } }"
        )

        assert loaded(posts[0]) == {"id", "title"}
        sent.expect(1)

    def test_with_expression(self, run):
        stmt = select(User).options(with_expression(User.score, literal(7)))
        users, sent = run(stmt, "{ users { score username } }", User)

        assert [user.score for user in users] == [7, 7, 7]
        sent.expect(1)

    def test_a_strategy_for_all_relationships(self, run):
        """But not for those that nobody asked: their columns are not loaded."""
        stmt = select(Post).options(subqueryload("*"))
        posts, sent = run(stmt, "{ posts { author { username } } }")

        sent.expect(1)
        assert loaded(posts[0]) == {"id", "author_id", "author"}

    def test_that_no_relationship_loads(self, run):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SADeprecationWarning)
            stmt = select(Post).options(noload("*"))
        posts, sent = run(stmt, "{ posts { author { username } } }")

        sent.expect(1)
        assert posts[0].author is None

    def test_a_relationship_that_nobody_asked_for(self, run):
        stmt = select(Post).options(joinedload(Post.category))
        posts, sent = run(stmt, "{ posts { title } }")

        assert "category" in loaded(posts[0])
        sent.expect(1)


class TestAliases:
    def test_of_the_class_are_what_the_options_are_for(
        self, schema, info_of, session, statements
    ):
        document = "{ posts { title author { username } tags { name } } }"
        alias = aliased(Post)
        stmt = select(alias).where(alias.title == "post 2.1")
        stmt = auto_eager_load(stmt, info_of(schema, document), Post)

        with statements() as sent:
            [post] = session.scalars(stmt).unique().all()
            assert (post.title, post.author.username, len(post.tags)) == (
                "post 2.1",
                "user 2",
                2,
            )

        sent.expect(2)
        assert loaded(post) == {"id", "title", "author_id", "author", "tags"}

    def test_of_another_class_change_nothing(self, schema, info_of, session):
        author = aliased(User)
        stmt = select(Post).join(author, Post.author).where(author.id == 3)
        info = info_of(schema, "{ posts { title } }")

        posts = session.scalars(auto_eager_load(stmt, info, Post)).all()
        assert {post.title for post in posts} == {"post 3.1", "post 3.2"}
        assert loaded(posts[0]) == {"id", "title"}

    def test_beside_other_columns_are_found(self, schema, info_of, session):
        alias = aliased(Post)
        stmt = select(User.username, alias).join(alias, User.posts)
        info = info_of(schema, "{ posts { title } }")

        row = session.execute(auto_eager_load(stmt, info, Post)).first()
        assert row[0] == "user 1"
        assert loaded(row[1]) == {"id", "title"}


class TestStrategies:
    @pytest.fixture
    def run(self, schema, info_of, session, statements):
        def run(strategy):
            TypeRegistry.of(schema).add(
                TypeConfig("User", User, strategies={"posts": strategy})
            )
            info = info_of(schema, "{ users { posts { title } } }")
            stmt = auto_eager_load(select(User).order_by(User.id), info, User)
            with statements() as sent:
                users = session.scalars(stmt).unique().all()
                titles = [[post.title for post in user.posts] for user in users]
            return titles, sent

        return run

    @pytest.mark.parametrize(
        ("strategy", "count"), [(joinedload, 1), (subqueryload, 2), (selectinload, 2)]
    )
    def test_of_sqlalchemy_work_with_pruned_columns(self, run, strategy, count):
        titles, sent = run(strategy)

        assert titles[0] == ["post 1.1", "post 1.2"]
        sent.expect(count)
        assert not any("body" in statement.sql for statement in sent)

    def test_of_ones_own_work_too(self, run):
        def only_second(posts):
            return selectinload(posts.and_(Post.title.like("%.2")))

        titles, sent = run(only_second)

        assert titles == [["post 1.2"], ["post 2.2"], ["post 3.2"]]
        sent.expect(2)


class Animal(Base):
    __tablename__ = "animals"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    legs: Mapped[int] = mapped_column(default=4)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("owners.id"))

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}


class Dog(Animal):
    __tablename__ = "dogs"

    id: Mapped[int] = mapped_column(ForeignKey("animals.id"), primary_key=True)
    trick: Mapped[str]
    breed: Mapped[str] = mapped_column(default="mixed")
    notes: Mapped[str] = mapped_column(default="good", deferred=True)
    toys: Mapped[list["Toy"]] = relationship(lazy="selectin")

    __mapper_args__ = {"polymorphic_identity": "dog"}


class Cat(Animal):
    lives: Mapped[int | None]

    __mapper_args__ = {"polymorphic_identity": "cat"}


class Owner(Base):
    __tablename__ = "owners"

    id: Mapped[int] = mapped_column(primary_key=True)
    animals: Mapped[list[Animal]] = relationship(
        foreign_keys=Animal.owner_id, order_by=Animal.id
    )
    favourite_id: Mapped[int | None] = mapped_column(
        ForeignKey("animals.id", use_alter=True)
    )
    favourite: Mapped[Animal | None] = relationship(
        foreign_keys=favourite_id, post_update=True
    )


class Toy(Base):
    __tablename__ = "toys"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    dog_id: Mapped[int] = mapped_column(ForeignKey("dogs.id"))


class Shape(Base):
    __tablename__ = "shapes"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    color: Mapped[str]

    __mapper_args__ = {
        "polymorphic_on": "kind",
        "polymorphic_identity": "shape",
        "with_polymorphic": "*",
    }


class Circle(Shape):
    __tablename__ = "circles"

    id: Mapped[int] = mapped_column(ForeignKey("shapes.id"), primary_key=True)
    radius: Mapped[int]
    center: Mapped[str] = mapped_column(default="0 0")

    __mapper_args__ = {"polymorphic_identity": "circle"}


class Vehicle(Base):
    __tablename__ = "vehicles"

    id: Mapped[int] = mapped_column(primary_key=True)
    wheels: Mapped[int]
    manual: Mapped[str] = mapped_column(default="…", deferred=True)


class Car(Vehicle):
    __tablename__ = "cars"

    id: Mapped[int] = mapped_column(primary_key=True)
    wheels: Mapped[int]
    doors: Mapped[int]
    manual: Mapped[str] = mapped_column(default="…", deferred=True)

    __mapper_args__ = {"concrete": True}


class Boat(ConcreteBase, Base):
    __tablename__ = "boats"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    harbour_id: Mapped[int] = mapped_column(ForeignKey("harbours.id"))

    __mapper_args__ = {"polymorphic_identity": "boat", "concrete": True}


class Ferry(Boat):
    __tablename__ = "ferries"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    harbour_id: Mapped[int] = mapped_column(ForeignKey("harbours.id"))
    cars: Mapped[int]

    __mapper_args__ = {"polymorphic_identity": "ferry", "concrete": True}


class Harbour(Base):
    __tablename__ = "harbours"

    id: Mapped[int] = mapped_column(primary_key=True)
    boats: Mapped[list[Boat]] = relationship(viewonly=True)


class TestInheritance:
    @pytest.fixture
    def schema(self):
        schema = build_schema(
            """
            type Query {
              animals: [Animal] dogs: [Dog] shapes: [Shape] cars: [Car] owners: [Owner]
              harbours: [Harbour]
            }
            type Harbour { boats: [Boat] }
            type Boat { name: String }
            type Owner { animals: [Animal] favourite: Animal }
            interface Animal { id: ID name: String }
            type Dog implements Animal {
              id: ID name: String trick: String notes: String toys: [Toy]
            }
            type Cat implements Animal { id: ID name: String lives: Int }
            type Toy { name: String }
            interface Shape { id: ID color: String }
            type Circle implements Shape { id: ID color: String radius: Int }
            type Car { id: ID wheels: Int doors: Int manual: String }
            """
        )
        for config in (
            TypeConfig("Dog", Dog),
            TypeConfig("Cat", Cat),
            TypeConfig("Circle", Circle),
        ):
            TypeRegistry.of(schema).add(config)
        return schema

    @pytest.fixture
    def session(self, engine):
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            session.add_all(
                [
                    Dog(name="Rex", trick="roll", toys=[Toy(name="ball")]),
                    Dog(name="Bo", trick="sit", toys=[Toy(name="rope")]),
                    Harbour(id=1),
                    Harbour(id=2),
                    Boat(id=1, name="Aurora", harbour_id=1),
                    Ferry(id=2, name="Boreas", harbour_id=1, cars=9),
                    Boat(id=3, name="Circe", harbour_id=2),
                    Cat(name="Tom", lives=9),
                    Circle(color="red", radius=2),
                    Circle(color="blue", radius=3),
                    Car(wheels=4, doors=5),
                ]
            )
            session.flush()
            owner = Owner(animals=session.scalars(select(Animal)).all())
            owner.favourite = session.get(Animal, 1)
            session.add(owner)
            session.commit()
        with Session(engine) as session:
            yield session

    @pytest.fixture
    def run(self, schema, info_of, session, statements):
        def run(document, model, stmt=None):
            stmt = select(model).order_by(model.id) if stmt is None else stmt
            stmt = auto_eager_load(stmt, info_of(schema, document), model)
            with statements() as sent:
                rows = session.scalars(stmt).unique().all()
            return rows, sent

        return run

    def test_columns_of_a_subclass_load_in_one_statement(self, run):
        animals, sent = run(
            "{ animals { name ... on Dog { trick } ... on Cat { lives } } }", Animal
        )

        assert [loaded(animal) for animal in animals] == [
            {"id", "kind", "name", "trick"},
            {"id", "kind", "name", "trick"},
            {"id", "kind", "name", "lives"},
        ]
        sent.expect(3)

    def test_of_a_subclass_that_nothing_is_asked_of_nothing_loads(self, run):
        animals, sent = run("{ animals { name } }", Animal)

        assert loaded(animals[0]) == {"id", "kind", "name"}
        sent.expect(1)

    def test_relationships_of_a_subclass_load_in_one_statement(self, run, statements):
        animals, sent = run("{ animals { name ... on Dog { toys { name } } } }", Animal)

        with statements() as later:
            assert [[toy.name for toy in dog.toys] for dog in animals[:2]] == [
                ["ball"],
                ["rope"],
            ]
        later.expect(0)
        sent.expect(3)

    def test_a_relationship_of_a_subclass_that_nobody_asked_for_stays(self, run):
        animals, sent = run("{ animals { ... on Dog { trick } } }", Animal)

        assert "toys" not in loaded(animals[0])
        assert not any("toys" in statement.sql for statement in sent)

    def test_a_deferred_column_of_a_subclass_loads_when_it_is_asked(self, run):
        animals, sent = run("{ animals { ... on Dog { notes } } }", Animal)

        assert loaded(animals[0]) == {"id", "kind", "notes"}
        sent.expect(2)

    def test_rows_of_a_subclass_load_by_its_own_columns(self, run):
        dogs, sent = run("{ dogs { name trick } }", Dog)

        assert loaded(dogs[0]) == {"id", "kind", "name", "trick"}
        sent.expect(1)

    def test_with_polymorphic_of_the_mapping_needs_no_more_statement(self, run):
        shapes, sent = run("{ shapes { color ... on Circle { radius } } }", Shape)

        assert [inspect(shape).dict["radius"] for shape in shapes] == [2, 3]
        sent.expect(1)

    def test_with_polymorphic_of_the_mapping_loads_only_what_is_asked(self, run):
        shapes, _ = run("{ shapes { color ... on Circle { radius } } }", Shape)

        assert loaded(shapes[0]) == {"id", "kind", "color", "radius"}

    def test_a_concrete_class_without_subclasses_is_pruned(self, run):
        cars, sent = run("{ cars { doors } }", Car)
        assert loaded(cars[0]) == {"id", "doors"}

        _, sent = run("{ cars { doors manual } }", Car)
        sent.expect(1)
        assert "cars.manual" in sent[0].sql

    def test_concrete_classes_below_a_collection_go_to_their_owners(self, run):
        harbours, _ = run("{ harbours { boats { name } } }", Harbour)

        assert [sorted(boat.name for boat in one.boats) for one in harbours] == [
            ["Aurora", "Boreas"],
            ["Circe"],
        ]

    def test_below_a_collection_loads_in_one_statement_for_each_class(
        self, run, statements
    ):
        [owner], sent = run(
            """{ owners { animals {
              name ... on Dog { trick toys { name } } ... on Cat { lives }
            } } }""",
            Owner,
        )

        with statements() as later:
            rex, bo, tom = owner.animals
            assert (rex.name, rex.trick, rex.toys[0].name) == ("Rex", "roll", "ball")
            assert (bo.name, bo.trick, bo.toys[0].name) == ("Bo", "sit", "rope")
            assert (tom.name, tom.lives) == ("Tom", 9)
        later.expect(0)
        assert "breed" not in loaded(rex)
        sent.expect(5)

    def test_below_a_scalar_loads_in_one_statement_for_each_class(
        self, run, statements
    ):
        [owner], sent = run(
            "{ owners { favourite { name ... on Dog { trick notes } } } }", Owner
        )

        with statements() as later:
            assert (owner.favourite.name, owner.favourite.trick) == ("Rex", "roll")
            assert owner.favourite.notes == "good"
        later.expect(0)
        sent.expect(3)

    def test_of_an_alias_loads_what_the_base_has(self, run):
        alias = aliased(Animal)
        animals, sent = run(
            "{ animals { name ... on Dog { trick } } }",
            Animal,
            select(alias).order_by(alias.id),
        )

        assert [animal.name for animal in animals] == ["Rex", "Bo", "Tom"]
        sent.expect(1)


class TestWithOptions:
    def planned(self, schema, info_of, document, model):
        return plan(
            collect(info_of(schema, document)),
            model.__mapper__,
            TypeRegistry([TypeConfig("User", User), TypeConfig("Post", Post)]),
        )

    def test_joined_only_leaves_collections_to_the_caller(
        self, schema, info_of, session, statements
    ):
        planned = self.planned(
            schema,
            info_of,
            "{ posts { title tags { name } author { username posts { id } } } }",
            Post,
        )

        with statements() as sent:
            post = session.scalars(with_joined(select(Post), planned)).first()
        assert loaded(post) == {"id", "title", "author_id", "author"}
        assert loaded(post.author) == {"id", "username"}
        sent.expect(1)

    @pytest.mark.parametrize("name", ["settings", "badges"])
    def test_joined_only_keeps_what_is_mapped_to_load_from_loading(
        self, schema, info_of, session, statements, name
    ):
        document = f"{{ users {{ {name} {{ name }} }} }}"
        planned = self.planned(schema, info_of, document, User)

        with statements() as sent:
            user = session.scalars(with_joined(select(User), planned)).first()
        assert loaded(user) == {"id"}
        sent.expect(1)
        assert name not in sent[0].sql

    def test_joined_only_leaves_subclasses_to_the_caller(
        self, info_of, session, statements
    ):
        schema = build_schema(
            """
            type Query { animals: [Animal] }
            interface Animal { name: String }
            type Dog implements Animal { name: String trick: String toys: [Toy] }
            type Toy { name: String }
            """
        )
        session.add(Dog(name="Rex", trick="roll", toys=[Toy(name="ball")]))
        session.commit()
        selection = collect(
            info_of(schema, "{ animals { name ... on Dog { trick toys { name } } } }")
        )
        types = TypeRegistry([TypeConfig("Dog", Dog)])
        planned = plan(selection, Animal.__mapper__, types)

        with statements() as sent:
            [dog] = session.scalars(with_joined(select(Animal), planned)).all()
        assert loaded(dog) == {"id", "kind", "name"}
        sent.expect(1)

    def test_takes_what_the_statement_selects(self, schema, info_of, session):
        info = info_of(schema, "{ users { username } }")
        planned = plan(collect(info), User.__mapper__, TypeRegistry())
        alias = aliased(User)

        stmt = with_options(select(alias), planned, entity=alias)
        assert loaded(session.scalars(stmt).first()) == {"id", "username"}

    def test_makes_the_options_of_a_plan_once(self, schema, info_of):
        info = info_of(schema, "{ users { posts { id } } }")
        planned = plan(collect(info), User.__mapper__, TypeRegistry())

        assert options_for(planned) is options_for(planned)
        assert options_for(planned, joined_only=True) != options_for(planned)

    def test_keeps_those_of_the_last_alias(self, schema, info_of):
        """An alias that a statement of one request has would be kept with the plan."""
        info = info_of(schema, "{ users { posts { id } } }")
        planned = plan(collect(info), User.__mapper__, TypeRegistry())
        one, other = aliased(User), aliased(User)

        assert options_for(planned, one) is options_for(planned, one)
        kept = len(planned.made)
        assert options_for(planned, other) is not options_for(planned, one)
        assert len(planned.made) == kept
