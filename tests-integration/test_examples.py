"""The two examples of the guide, run as their docstrings say, and asked over HTTP."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

import pytest

from playground.testing import ROOT, Answer, Process, running

EXAMPLES = {
    "example-01": "playground/examples/01_auto_eager_load.py",
    "example-02": "playground/examples/02_dataloader_fallback.py",
}


@pytest.fixture(scope="module")
def examples() -> Iterator[dict[str, Process]]:
    with (
        running(EXAMPLES["example-01"], "--port", "0") as eager,
        running(EXAMPLES["example-02"], "--port", "0") as fallback,
    ):
        yield {"example-01": eager, "example-02": fallback}


@pytest.fixture
def eager(examples: dict[str, Process]) -> Process:
    return examples["example-01"]


@pytest.fixture
def fallback(examples: dict[str, Process]) -> Process:
    return examples["example-02"]


def ask(process: Process, query: str) -> Answer:
    return process.ask(query, path="/")


def sorted_by(key: str, rows: list[Any]) -> list[Any]:
    """SQL promises no order where neither the query nor the mapping has one."""
    return sorted(rows, key=itemgetter(key))


@pytest.mark.parametrize("script", EXAMPLES)
def test_docstring_gives_the_command_that_hatch_runs(script: str) -> None:
    path = EXAMPLES[script]
    docstring = ast.get_docstring(ast.parse((ROOT / path).read_text("utf-8")))
    hatch = (ROOT / "hatch.toml").read_text("utf-8")

    assert f"\n    hatch run {script}\n" in str(docstring)
    assert f'{script} = "python {path} {{args}}"' in hatch


@pytest.mark.parametrize("script", EXAMPLES)
def test_query_that_the_example_prints_is_answered(
    examples: dict[str, Process], script: str
) -> None:
    process = examples[script]
    printed = process.wait_for_output(r"-d '(\{.*\})'")[1]

    answer = ask(process, json.loads(printed)["query"])

    assert all(answer.data.values())
    assert len(answer.statements) == 3, answer.statements


def test_eager_path_loads_each_relationship_in_one_statement(eager: Process) -> None:
    answer = ask(eager, "{ users { username posts { title tags { name } } } }")

    users = {
        user["username"]: {
            post["title"]: sorted(tag["name"] for tag in post["tags"])
            for post in user["posts"]
        }
        for user in answer.data["users"]
    }
    assert users == {
        "amelie": {
            "Hello, world": ["python"],
            "Lookahead in GraphQL": ["graphql", "sql"],
        },
        "bjorn": {"A tour of loader options": ["python", "sql"]},
        "chiara": {},
    }
    assert len(answer.statements) == 3, answer.statements


def test_eager_path_joins_a_scalar_relationship(eager: Process) -> None:
    answer = ask(eager, "{ posts { title author { username } } }")

    assert sorted_by("title", answer.data["posts"]) == [
        {"title": "A tour of loader options", "author": {"username": "bjorn"}},
        {"title": "Hello, world", "author": {"username": "amelie"}},
        {"title": "Lookahead in GraphQL", "author": {"username": "amelie"}},
    ]
    [statement] = answer.statements
    assert "JOIN users" in statement


def test_eager_path_selects_only_the_columns_asked_for(eager: Process) -> None:
    answer = ask(eager, "{ posts { id } }")

    assert len(answer.data["posts"]) == 3
    [statement] = answer.statements
    assert "posts.title" not in statement


def test_eager_path_answers_from_the_other_end_of_many_to_many(eager: Process) -> None:
    answer = ask(eager, "{ tags { name posts { title author { username } } } }")

    tags = {
        tag["name"]: sorted(post["author"]["username"] for post in tag["posts"])
        for tag in answer.data["tags"]
    }
    assert tags == {
        "python": ["amelie", "bjorn"],
        "graphql": ["amelie"],
        "sql": ["amelie", "bjorn"],
    }
    assert len(answer.statements) == 2, answer.statements


def test_requests_share_the_one_connection_of_a_database_in_memory(
    eager: Process,
) -> None:
    answers = [ask(eager, "{ posts { title } }") for _ in range(20)]

    assert all(answer.body == answers[0].body for answer in answers)
    assert {len(answer.statements) for answer in answers} == {1}


def test_fallback_runs_exactly_three_statements(fallback: Process) -> None:
    answer = ask(
        fallback, "{ publishedPosts { title author { username } tags { name } } }"
    )

    posts = [
        {**post, "tags": sorted(tag["name"] for tag in post["tags"])}
        for post in answer.data["publishedPosts"]
    ]
    bjorn, amelie = {"username": "bjorn"}, {"username": "amelie"}
    assert sorted_by("title", posts) == [
        {"title": "Batching", "author": bjorn, "tags": ["graphql", "sql"]},
        {"title": "Hello, world", "author": amelie, "tags": ["python"]},
        {"title": "No N+1", "author": amelie, "tags": ["python", "sql"]},
        {"title": "Untagged", "author": bjorn, "tags": []},
    ]
    assert len(answer.statements) == 3, answer.statements
    manual, *batches = answer.statements
    assert "WHERE posts.is_published" in manual
    assert all(" IN (" in batch for batch in batches)
    assert sorted("post_tags" in batch for batch in batches) == [False, True]


def test_fallback_runs_no_statement_for_what_is_not_asked_for(
    fallback: Process,
) -> None:
    answer = ask(fallback, "{ publishedPosts { title } }")

    assert len(answer.data["publishedPosts"]) == 4
    assert len(answer.statements) == 1, answer.statements


def test_fallback_answers_as_the_eager_path_does(fallback: Process) -> None:
    fields = "{ title author { username } tags { name } }"
    eagerly = ask(fallback, f"{{ posts {fields} }}")
    batched = ask(fallback, f"{{ publishedPosts {fields} }}")

    def by_title(posts: list[Any]) -> dict[str, Any]:
        return {
            post["title"]: (post["author"], sorted(tag["name"] for tag in post["tags"]))
            for post in posts
        }

    expected = by_title(eagerly.data["posts"])
    del expected["A draft"]
    assert by_title(batched.data["publishedPosts"]) == expected
    assert len(eagerly.statements) == 2, eagerly.statements
