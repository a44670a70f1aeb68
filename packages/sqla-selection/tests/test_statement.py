from typing import Any

import pytest
from sqlalchemy import exists, func, lambda_stmt, literal_column, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, UserDefinedOption

from sqla_selection.statement import PLAIN, form_of, has_names, with_columns

from .blog import Post, User

TEXT = "The statement has SQL text, whose names may mean another table's."
SELECTED = "The statement has SQL text that may mean a column it selects."


posts = select(Post)


@pytest.mark.parametrize(
    "stmt",
    [
        posts,
        posts.order_by(Post.title.desc()).limit(3),
        posts.join(Post.author).where(User.name == "a"),
        posts.where(exists().where(User.id == Post.author_id)),
        posts.where(literal_column("1") == 1),
    ],
)
def test_a_statement_of_attributes_forbids_nothing(stmt):
    form = form_of(stmt)

    assert (form.joins_nothing, form.is_whole, form.is_distinct) == ("", "", False)


class ForTenant(UserDefinedOption):
    propagate_to_loaders = True


@pytest.mark.parametrize(
    ("option", "joins_nothing"),
    [
        (
            ForTenant(1),
            "The statement has an option of the application's, for each SELECT.",
        ),
        (UserDefinedOption(1), ""),
    ],
    ids=["handed on", "for the statement"],
)
def test_an_option_of_the_application_is_for_each_select(option, joins_nothing):
    assert form_of(posts.options(option)).joins_nothing == joins_nothing


@pytest.mark.parametrize(
    ("stmt", "joins_nothing", "is_whole"),
    [
        (posts.order_by(text("title")), TEXT, SELECTED),
        (posts.order_by("title"), TEXT, SELECTED),
        (posts.order_by(literal_column("title").desc()), TEXT, SELECTED),
        (posts.order_by(text("2")), "", SELECTED),
        (posts.where(text("title > 'a'")), TEXT, ""),
        (posts.join(User, text("author_id = users.id")), TEXT, ""),
        (posts.where(exists(select(User.id).where(text("name = title")))), TEXT, ""),
        (posts.prefix_with("DISTINCT"), TEXT, SELECTED),
        (
            posts.with_for_update(),
            "The statement has FOR UPDATE, which locks every table.",
            "",
        ),
        (
            posts.group_by(Post.id).having(func.count() > 1),
            "The statement has GROUP BY, which allows no further column.",
            "",
        ),
        (
            posts.distinct(),
            "",
            "The statement has DISTINCT, which may order by selected columns only.",
        ),
    ],
)
def test_a_form_forbids_what_could_change_its_meaning(stmt, joins_nothing, is_whole):
    form = form_of(stmt)

    assert (form.joins_nothing, form.is_whole) == (joins_nothing, is_whole)


def test_distinct_compares_what_is_joined():
    assert form_of(posts.distinct()).is_distinct


@pytest.mark.skipif(
    not hasattr(postgresql, "distinct_on"), reason="SQLAlchemy 2.0 has no extensions"
)
def test_a_syntax_extension_may_mean_anything():
    form = form_of(posts.ext(postgresql.distinct_on(Post.title)))

    assert form.joins_nothing == TEXT
    assert form.is_whole


def test_what_is_no_select_is_left_as_it_is():
    form = form_of(posts.from_statement(text("SELECT * FROM posts")))

    assert form.joins_nothing == form.is_whole == "The statement is a FromStatement."


def test_a_lambda_and_a_legacy_query_are_what_they_select():
    lambdas: Any = lambda_stmt(lambda: posts.distinct())

    assert form_of(lambdas).is_distinct
    assert form_of(Session().query(Post).distinct()).is_distinct
    assert form_of(Session().query(Post)).joins_nothing == PLAIN.joins_nothing


def test_tables_are_counted():
    assert form_of(posts).tables >= 1
    joined = form_of(posts.join(Post.author).where(exists(select(User.id)))).tables
    assert joined > form_of(posts).tables


def test_text_that_is_the_name_of_a_column_becomes_the_column():
    columns = {"title": Post.__table__.c.title}

    plain, descending, other = with_columns(
        [text("title"), literal_column("title").desc(), text("title || 'x'")], columns
    )

    assert plain is columns["title"]
    assert str(descending) == "posts.title DESC"
    assert not has_names([plain, descending])
    assert has_names([other])
