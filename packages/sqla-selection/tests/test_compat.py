import pytest
from graphql import build_schema
from sqlalchemy import ForeignKey, func, literal_column, select, text
from sqlalchemy.orm import (
    DeclarativeBase,
    Load,
    Mapped,
    aliased,
    column_property,
    contains_eager,
    defaultload,
    joinedload,
    load_only,
    mapped_column,
    query_expression,
    raiseload,
    relationship,
    selectinload,
    subqueryload,
    undefer,
    with_expression,
    with_loader_criteria,
)

from sqla_selection._compat import (
    coerced_variables,
    is_query_expression,
    lazy_of_all,
    loader_paths,
    parts_of_select,
)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column()
    biography: Mapped[str | None] = mapped_column(deferred=True)
    upper_name: Mapped[str] = column_property(func.upper(name))
    score: Mapped[int] = query_expression()
    posts: Mapped[list["Post"]] = relationship(back_populates="author")


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")


Base.registry.configure()


class TestLoaderPaths:
    @pytest.mark.parametrize(
        ("options", "paths"),
        [
            ([], set()),
            ([joinedload(Post.author)], {("author",)}),
            (
                [joinedload(Post.author).defer(User.name)],
                {("author",), ("author", "name")},
            ),
            (
                [selectinload(Post.author).selectinload(User.posts)],
                {("author",), ("author", "posts")},
            ),
            ([load_only(Post.title)], {("title",)}),
            ([contains_eager(Post.author)], {("author",)}),
            ([undefer("*")], set()),
            ([with_loader_criteria(Post, Post.id > 1)], set()),
        ],
    )
    def test_are_those_of_the_options(self, options, paths):
        assert loader_paths(select(Post).options(*options)) == paths

    def test_of_an_alias_are_found(self):
        alias = aliased(Post)

        paths = loader_paths(select(alias).options(joinedload(alias.author)))

        assert paths == {("author",)}

    def test_of_a_with_expression_are_found(self):
        stmt = select(User).options(with_expression(User.score, User.id * 2))

        assert loader_paths(stmt) == {("score",)}

    def test_of_something_without_options_are_none(self):
        assert loader_paths(object()) == set()


@pytest.mark.parametrize(
    ("options", "lazy"),
    [
        ([], ""),
        ([subqueryload("*")], "subquery"),
        ([Load(Post).subqueryload("*")], "subquery"),
        ([raiseload("*")], "raise"),
        ([joinedload(Post.author), selectinload("*")], "selectin"),
        ([subqueryload(Post.author)], ""),
        ([defaultload(Post.author).subqueryload("*")], ""),
        ([undefer("*")], ""),
        ([with_loader_criteria(Post, Post.id > 1)], ""),
    ],
)
def test_lazy_of_all_is_that_of_options_for_all_relationships(options, lazy):
    assert lazy_of_all(select(Post).options(*options)) == lazy


def test_coerced_variables_are_those_of_the_request_with_defaults(info_of):
    schema = build_schema("type Query { ok(a: Int, b: Int): Boolean }")
    info = info_of(
        schema, "query ($a: Int, $b: Int = 2, $c: Int) { ok(a: $a, b: $b) }", a=1
    )

    assert dict(coerced_variables(info)) == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("score", True), ("upper_name", False), ("biography", False), ("id", False)],
)
def test_is_query_expression_is_true_of_those_only(name, expected):
    prop = User.__mapper__.column_attrs[name]

    assert is_query_expression(prop) is expected


_posts = select(Post.id).where(Post.author_id == User.id)


@pytest.mark.parametrize(
    "stmt",
    [
        select(User),
        select(User, Post.title),
        select(aliased(User)).where(User.id == 1),
        select(User.id, literal_column("1")).where(_posts.exists()).limit(1),
        select(User).order_by(User.name, text("id")).limit(3).offset(2),
        select(User).options(selectinload(User.posts)).fetch(2),
        select(User).join(User.posts).group_by(User.id).having(func.count() > 1),
        select(User).select_from(User, Post).distinct().with_for_update(),
        select(User).distinct().prefix_with("A").suffix_with("B"),
        select(User).add_cte(_posts.cte()).with_statement_hint("C"),
        select(_posts.subquery()).correlate(User),
        select(User.id).join(Post).with_only_columns(User.name),
    ],
)
def test_the_parts_of_a_select_are_its_children(stmt):
    expected = sorted(map(id, stmt.get_children()))

    assert sorted(map(id, parts_of_select(stmt))) == expected
