"""What the debug extension tells of statements whose rows arguments choose."""

import pytest
from ariadne import graphql_sync, make_executable_schema
from sqlalchemy.orm import Session

from ariadne_sqla import (
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyDebugExtension,
    SQLAlchemyFilterType,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
)

from .blog import Base, Post, User

SDL = """
    type Query {
        users(filter: UserFilter, orderBy: [UserOrder!], limit: Int): [User!]!
        pages(first: Int, after: String): PostConnection!
    }
    type User {
        id: ID! name: String!
        posts(filter: PostFilter, orderBy: [PostOrder!], limit: Int): [Post!]!
        postsConnection(
            filter: PostFilter, orderBy: PostOrder, first: Int, after: String
            last: Int, before: String
        ): PostConnection!
    }
    type Post { id: ID! title: String! }
    type PostConnection { totalCount: Int! nodes: [Post!]! pageInfo: PageInfo! }
    type PageInfo { hasPreviousPage: Boolean! endCursor: String }
    input UserFilter { name: String posts: PostListFilter not: UserFilter }
    input PostListFilter { some: PostFilter none: PostFilter }
    input PostFilter {
        title: TitleFilter author: UserFilter loud: Boolean or: [PostFilter!]
    }
    input TitleFilter { in: [String!] contains: String }
    input PostOrder { title: Direction author: UserOrderInput }
    input UserOrderInput { name: Direction }
    enum UserOrder { NAME_ASC NAME_DESC }
    enum Direction { ASC DESC_NULLS_LAST }
"""


@pytest.fixture(scope="module")
def schema():
    types = [SQLAlchemyObjectType("User", User), SQLAlchemyObjectType("Post", Post)]
    loud = SQLAlchemyFilterType(
        "PostFilter", functions={"loud": lambda post, value, info: post.title == "!"}
    )
    return make_executable_schema(SDL, SQLAlchemyQueryType(types), loud, *types)


@pytest.fixture
def pages(engine, schema):
    """Execute a document: gives what is told of each statement, less what is empty."""
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for id_ in (1, 2):
            titles = ["a", "b", "c"]
            posts = [Post(title=title) for title in titles]
            session.add(User(id=id_, name=f"user {id_}", posts=posts))
        session.commit()

    def execute(document, **options):
        with Session(engine) as session:
            _, result = graphql_sync(
                schema,
                {"query": document},
                context_value={"session": session},
                extensions=[
                    SQLAlchemyDataLoaderExtension,
                    SQLAlchemyDebugExtension(**options),
                ],
            )
        assert "errors" not in result
        statements = result["extensions"]["sqla"]["statements"]
        return result["data"], [
            one["page"] and {name: held for name, held in one["page"].items() if held}
            for one in statements
        ]

    return execute


def test_a_list_tells_its_window_its_form_and_its_owners(pages):
    _, told = pages("""{
        users(filter: {not: {name: "x"}}, orderBy: [NAME_DESC], limit: 5) {
            posts(
                filter: {title: {in: ["a", "b"]}}
                orderBy: [{author: {name: ASC}}, {title: DESC_NULLS_LAST}]
                limit: 2
            ) { title }
        }
    }""")
    assert told == [
        {
            "form": "plain",
            "filter": "not (name eq 'x')",
            "order": ["NAME_DESC"],
            "limit": 5,
        },
        {
            "form": "in-limit",
            "owners": 2,
            "filter": "title in ['a', 'b']",
            "order": ["author.name ASC", "title DESC NULLS LAST"],
            "limit": 2,
        },
    ]


def test_a_connection_tells_what_each_of_its_statements_is_for(pages):
    page = "nodes { title } pageInfo { hasPreviousPage endCursor }"
    data, told = pages(f"{{ pages(first: 1) {{ totalCount {page} }} }}")
    assert told == [{"form": "count"}, {"form": "plain", "limit": 1}]
    after = data["pages"]["pageInfo"]["endCursor"]
    _, told = pages(f'{{ pages(first: 1, after: "{after}") {{ {page} }} }}')
    assert [(one["form"], one["after"]) for one in told] == [
        ("plain", "1"),
        ("exists", "1"),
    ]


def test_pages_of_owners_are_told_with_their_totals(pages):
    _, told = pages("""{
        users { postsConnection(filter: {loud: true}, last: 1) {
            totalCount nodes { title }
        } }
    }""")
    assert [(one and (one["form"], one.get("owners"))) for one in told] == [
        None,
        ("count", 2),
        ("in-limit", 2),
    ]
    assert told[1] == {"form": "count", "owners": 2, "filter": "loud(True)"}
    assert (told[2]["limit"], told[2]["from_end"]) == (1, True)


def test_values_are_redacted_where_parameters_are(pages):
    _, told = pages(
        """{ users(filter: {name: "secret" posts: {some: {or: [
            {title: {contains: "secret"}} {author: {name: "secret"}}
        ]}}}) { id } }""",
        parameters=False,
    )
    assert [one["filter"] for one in told] == [
        "name eq … and posts some (title contains … or author (name eq …))"
    ]


def test_what_is_not_chosen_tells_nothing(pages):
    _, told = pages("{ users { posts { title } } }")
    assert told == [None, None]
