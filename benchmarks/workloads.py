"""What is asked of every contestant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SIZES = (100, 1_000, 10_000)
"""Posts in the database."""

SIZE = 1_000
"""The size at which every workload runs; the other sizes run those with `sized`."""


@dataclass(frozen=True)
class Workload:
    """A GraphQL request."""

    name: str
    title: str
    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    sized: bool = False
    """Whether it runs at every size."""
    memory: bool = True
    """Whether its peak memory is measured."""
    times: int = 1
    """How often it is answered for one time, as a server that is busy does: after a
    pause, a short answer is mostly the wait for the processor's caches."""


_NESTED = "id title author { id username } tags { id name }"

WORKLOADS = [
    Workload(
        "flat",
        "A flat list",
        "{ posts { id title body views } }",
        sized=True,
    ),
    Workload(
        "nested",
        "A list with author and tags",
        f"{{ posts {{ {_NESTED} }} }}",
        sized=True,
    ),
    Workload(
        "deep",
        "Author, comments with authors, tags",
        """
        {
          posts {
            id title
            author { id username }
            comments { id body author { id username } }
            tags { id name }
          }
        }
        """,
        sized=True,
    ),
    Workload(
        "one",
        "One object by id",
        f"query ($id: Int!) {{ post(id: $id) {{ {_NESTED} }} }}",
        {"id": 7},
        memory=False,
        times=20,
    ),
    Workload(
        "fallback",
        "Below a manual resolver",
        f"{{ publishedPosts {{ {_NESTED} }} }}",
    ),
    Workload(
        "siblings",
        "Three sibling root fields",
        """
        {
          users { id username }
          posts { id title author { id username } }
          tags { id name }
        }
        """,
    ),
    Workload(
        "skipped",
        "A skipped relationship",
        f"""
        query ($comments: Boolean!) {{
          posts {{
            {_NESTED}
            comments @include(if: $comments) {{ id body author {{ id username }} }}
          }}
        }}
        """,
        {"comments": False},
    ),
]
