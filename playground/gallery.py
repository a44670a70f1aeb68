"""Queries to start from, one for each thing that the libraries do."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Example:
    """One query of the gallery."""

    id: str
    title: str
    description: str
    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    viewer: str | None = None
    """Who asks, where policies are to be seen."""


EXAMPLES = [
    Example(
        "quick-start",
        "Quick start",
        "Posts with their authors and tags: one statement for the posts and their "
        "authors, one for the tags, however many posts there are.",
        """\
query QuickStart {
  posts(limit: 10) {
    title
    author {
      username
    }
    tags {
      name
    }
  }
}
""",
    ),
    Example(
        "fallback",
        "A resolver written by hand, in three statements",
        "`publishedPosts` runs a SELECT of its own, which no plan prepared. The "
        "relationships of its posts are still loaded in one statement each.",
        """\
query PublishedPosts {
  publishedPosts {
    title
    author {
      username
    }
    tags {
      name
    }
  }
}
""",
    ),
    Example(
        "everybody",
        "Everything at once",
        "All users with all their posts, the tags and comments of these, and who wrote "
        "the comments: the number of statements stays what it is when the rows double.",
        """\
query EverythingAtOnce {
  users {
    username
    posts {
      title
      tags {
        name
      }
      comments {
        body
        author {
          username
        }
      }
    }
  }
}
""",
    ),
    Example(
        "arguments",
        "Arguments that name a column",
        "An argument named as a column is an equality, its value converted to the "
        "column's type; an explicit null asks for IS NULL.",
        """\
query Author($id: ID!) {
  user(id: $id) {
    name
    email
    joinedAt
  }
  drafts: posts(authorId: $id, isPublished: false) {
    title
  }
  tag(name: "graphql") {
    id
  }
}
""",
        {"id": "7"},
    ),
    Example(
        "fragments",
        "Fragments",
        "Named, inline and nested fragments become one plan: a relationship is loaded "
        "once, with the columns that all of them ask for.",
        """\
query Fragments {
  posts(limit: 5) {
    ...Summary
    ... on Post {
      author {
        email
      }
    }
  }
}

fragment Summary on Post {
  title
  author {
    ...Person
  }
}

fragment Person on User {
  firstName
  lastName
}
""",
    ),
    Example(
        "aliases",
        "Aliases",
        "One relationship under two response keys, each with fields of its own, and "
        "`writer`, a field that is another name of `author`.",
        """\
query Aliases {
  posts(limit: 5) {
    headline: title
    author {
      username
    }
    reviewer: author {
      fullName
    }
    writer {
      email
    }
  }
}
""",
    ),
    Example(
        "directives",
        "@skip and @include",
        "What is skipped is not loaded: switch the variables and count the statements.",
        """\
query Posts($withTags: Boolean!, $withoutAuthor: Boolean!) {
  posts(limit: 5) {
    title
    tags @include(if: $withTags) {
      name
    }
    author @skip(if: $withoutAuthor) {
      name
    }
  }
}
""",
        {"withTags": False, "withoutAuthor": True},
    ),
    Example(
        "computed",
        "Computed fields",
        "A hybrid, a count, an association proxy, a plain property and a resolver with "
        "a hint of what they read: nothing is loaded row by row.",
        """\
query ComputedFields {
  posts(limit: 5) {
    excerpt(length: 60)
    wordCount
    commentCount
    tagNames
    byline
  }
}
""",
    ),
    Example(
        "unplanned",
        "A load that nothing foresaw",
        "`signature` is a property that reads the author by a format, which its code "
        "does not show, and no hint says so: one statement for each author. The panel "
        "names the hint that is missing, and the switch Strict makes it an error. "
        "Compare with `byline`, which has its hint.",
        """\
query MissingHint {
  posts(limit: 5) {
    title
    signature
  }
}
""",
    ),
    Example(
        "self-referential",
        "Who follows whom",
        "A many-to-many relationship of users with users, and comments with replies.",
        """\
query WhoFollowsWhom {
  user(id: 1) {
    name
    following {
      name
      followers {
        username
      }
    }
    comments {
      body
      parent {
        body
      }
      replies {
        body
      }
    }
  }
}
""",
    ),
    Example(
        "composite-key",
        "A key of two columns",
        "A revision is known by its post and its number, and its notes refer to both.",
        """\
query KeyOfTwoColumns {
  postRevision(postId: 2, number: 1) {
    title
    editor {
      name
    }
    post {
      title
      revisions {
        number
        notes {
          body
        }
      }
    }
  }
}
""",
    ),
    Example(
        "polymorphism",
        "An interface over joined tables",
        "Each kind of notification has a table of its own; its columns and its "
        "relationships are loaded for all notifications of that kind together.",
        """\
query KindsOfNotification {
  user(id: 1) {
    notifications {
      __typename
      createdAt
      ... on CommentNotification {
        comment {
          body
          author {
            name
          }
        }
      }
      ... on FollowNotification {
        follower {
          name
        }
      }
      ... on AnnouncementNotification {
        message
      }
    }
  }
}
""",
    ),
    Example(
        "interface-root",
        "A list of an interface",
        "The resolver is written by hand, and plans ahead with `auto_eager_load`.",
        """\
query Notifications {
  notifications(limit: 500) {
    id
    recipient {
      name
    }
    ... on CommentNotification {
      comment {
        post {
          title
        }
      }
    }
    ... on FollowNotification {
      follower {
        name
      }
    }
  }
}
""",
    ),
    Example(
        "union",
        "A union",
        "Users, posts and tags in one list, from a resolver written by hand.",
        """\
query Search($term: String!) {
  search(term: $term) {
    __typename
    ... on User {
      name
      posts {
        title
      }
    }
    ... on Post {
      title
      author {
        name
      }
    }
    ... on Tag {
      tagName: name
    }
  }
}
""",
        {"term": "an"},
    ),
    Example(
        "pages",
        "Pages in the style of Relay",
        "A cursor says where a row is in the order, so that no row is skipped and none "
        "comes twice when others come and go. The total is counted only when it is "
        "asked for.",
        """\
query Pages($after: String) {
  postPages(orderBy: [PUBLISHED_AT_DESC], first: 5, after: $after) {
    totalCount
    edges {
      cursor
      node {
        title
        author {
          name
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
""",
        {"after": None},
    ),
    Example(
        "nested-lists",
        "Two pages of one list",
        "The posts of each user twice, with an order and a limit of their own each: "
        "one statement for each alias, however many users there are.",
        """\
query TwoPagesOfOneList {
  users(orderBy: [USERNAME_ASC], limit: 5) {
    name
    newest: posts(orderBy: [PUBLISHED_AT_DESC_NULLS_LAST], limit: 2) {
      title
      publishedAt
    }
    oldest: posts(
      filter: { publishedAt: { isNull: false } }
      orderBy: [PUBLISHED_AT_ASC]
      limit: 2
    ) {
      title
      publishedAt
    }
  }
}
""",
    ),
    Example(
        "filters",
        "Filters across relationships",
        "An EXISTS for each relationship that is crossed: no post comes twice, however "
        "many of its tags match.",
        """\
query Filters {
  posts(
    filter: {
      or: [
        { title: { icontains: "field guide" } }
        { tags: { some: { name: { in: ["graphql", "joins"] } } } }
      ]
      comments: { none: { author: { username: { startsWith: "a" } } } }
    }
    orderBy: [PUBLISHED_AT_DESC]
    limit: 10
  ) {
    title
    tags {
      name
    }
  }
}
""",
    ),
    Example(
        "not-null",
        "`not`, and what has no date",
        "Drafts have no date. `not` gives all that its filter does not, drafts "
        "included: both lists together are all posts.",
        """\
query WhatHasNoDate($since: DateTime!) {
  user(id: 7) {
    since: posts(filter: { publishedAt: { gte: $since } }) {
      title
      publishedAt
    }
    others: posts(filter: { not: { publishedAt: { gte: $since } } }) {
      title
      publishedAt
    }
  }
}
""",
        {"since": "2025-01-01T00:00:00"},
    ),
    Example(
        "many-to-many-page",
        "A page of a many-to-many relationship",
        "The first posts of each tag, and how many it has. Take `totalCount` out: its "
        "statement is gone.",
        """\
query PagesOfTags {
  tags(orderBy: [NAME_ASC], limit: 3) {
    name
    postsConnection(orderBy: [PUBLISHED_AT_DESC], first: 2) {
      totalCount
      edges {
        node {
          title
          author {
            name
          }
        }
      }
      pageInfo {
        hasNextPage
      }
    }
  }
}
""",
    ),
    Example(
        "nested-connections",
        "Connections below a connection",
        "Pages of comments below a page of posts. The walker below the answer goes on "
        "from any of its cursors, and shows what is in them.",
        """\
query Connections($after: String, $afterComment: String) {
  user(id: 7) {
    name
    postsConnection(orderBy: [PUBLISHED_AT_DESC], first: 3, after: $after) {
      edges {
        cursor
        node {
          title
          commentsConnection(
            orderBy: [CREATED_AT_DESC]
            first: 2
            after: $afterComment
          ) {
            totalCount
            edges {
              cursor
              node {
                body
              }
            }
            pageInfo {
              hasNextPage
              endCursor
            }
          }
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
}
""",
        {"after": None, "afterComment": None},
    ),
    Example(
        "total-of-none",
        "A total of no rows",
        "Nobody wrote such a post: the pages are empty, and every total is 0.",
        """\
query TotalOfNone {
  users(limit: 3) {
    name
    postsConnection(filter: { title: { eq: "Nobody wrote this" } }, first: 2) {
      totalCount
      edges {
        node {
          title
        }
      }
    }
  }
}
""",
    ),
    Example(
        "nodes",
        "Any object by its id",
        "Global ids have the type and the key in them: one statement for each type, "
        "whatever the order.",
        """\
query Nodes($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename
    id
    ... on User {
      name
    }
    ... on Post {
      title
      author {
        name
      }
    }
    ... on PostRevision {
      number
    }
  }
}
""",
        {"ids": ["UG9zdDox", "VXNlcjo3", "UG9zdFJldmlzaW9uOjI6MQ==", "UG9zdDoy"]},
    ),
    Example(
        "too-many-rows",
        "Too many rows",
        "The pages of a query may have 100,000 rows together, the product of their "
        "sizes. What asks for more is refused before its first statement; the other "
        "root field is answered all the same.",
        """\
query TooManyRows {
  user(id: 7) {
    posts(limit: 1000) {
      comments(limit: 100) {
        replies(limit: 10) {
          body
        }
      }
    }
  }
  tags(limit: 3) {
    name
  }
}
""",
    ),
    Example(
        "mutation",
        "A mutation",
        "The payload is read after the write, new rows included.",
        """\
mutation Comment($input: CommentInput!) {
  addComment(input: $input) {
    problem
    comment {
      body
      author {
        name
      }
      post {
        title
        commentCount
      }
    }
  }
}
""",
        {"input": {"postId": "1", "authorId": "2", "body": "Très bien !"}},
    ),
    Example(
        "depth",
        "Too deep",
        "A type limits how deep a query may go through it. The error names the type; "
        "the other root field is answered all the same.",
        """\
query TooDeep {
  user(id: 1) {
    posts {
      author {
        posts {
          author {
            name
          }
        }
      }
    }
  }
  tags(limit: 3) {
    name
  }
}
""",
    ),
    Example(
        "wsgi",
        "The same under WSGI",
        "`python -m playground.wsgi` serves this schema without an event loop: the "
        "same answers from the same number of statements.",
        """\
query UnderWsgi {
  posts(limit: 3) {
    title
    author {
      name
    }
  }
  publishedPosts(limit: 3) {
    title
    tags {
      name
    }
  }
}
""",
    ),
    Example(
        "guess",
        "Guessing a hidden title",
        "Post 272 is a draft, and the title is known here; still nobody but its author "
        "and admins can find out that there is such a post: not by its id, by filters, "
        "by the place in an order, by the cursor that leads there, nor by a count. "
        "The policy is part of every statement. Under Viewers its author sees it.",
        """\
query GuessTheTitle($id: ID!, $title: String!, $cursor: String!) {
  byId: post(id: $id) {
    title
  }
  byItsRevision: postRevision(postId: $id, number: 1) {
    post {
      title
    }
  }
  byFilter: posts(filter: { title: { eq: $title } }) {
    title
  }
  byFilterOfItsAuthor: users(
    filter: { posts: { some: { title: { eq: $title } } } }
  ) {
    username
  }
  byOrder: user(id: 103) {
    posts(orderBy: [TITLE_ASC], limit: 2) {
      title
      isPublished
    }
  }
  byCursor: postPages(orderBy: [TITLE_DESC], first: 1, after: $cursor) {
    edges {
      node {
        title
      }
    }
  }
  byCount: postPages(filter: { title: { eq: $title } }, first: 1) {
    totalCount
  }
}
""",
        {
            "id": "272",
            "title": "Stop worrying about a balcony garden",
            # Of the post before it.
            "cursor": "WzEsImRkNTZkMTEyMGI1ZSIsWzE5XSxbIlN0b3Agd29ycnlpbmcgYWJvdXQgYSB"
            "yZWFkaW5nIGxpc3QiXV0",
        },
        viewer="anonymous",
    ),
]
