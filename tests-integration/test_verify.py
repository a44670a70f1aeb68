"""`verify` on the playground's models and on its schema."""

from __future__ import annotations

from typing import Any

import pytest

from ariadne_sqla.verify import verify
from playground.models import Base
from playground.schema import make_schema

# It shows what a property without a hint costs: one statement for each author.
EXCLUDED = ["Post.signature"]
SECONDS = 15.0  # each, on a machine that does nothing else a third of it is enough


# What reads a relationship without a hint leaves a coroutine of aiosqlite behind, which
# is told of whenever it is freed.
pytestmark = pytest.mark.filterwarnings(
    "ignore:coroutine .* was never awaited:RuntimeWarning",
    "ignore:Exception ignored in. <coroutine:pytest.PytestUnraisableExceptionWarning",
)


@pytest.mark.parametrize("subject", [Base, make_schema()], ids=["models", "schema"])
def test_every_answer_of_the_playground_is_that_of_lazy_loading(subject: Any) -> None:
    result = verify(subject, exclude=EXCLUDED, seconds=SECONDS)

    assert result.is_proven, "\n\n".join(map(str, result.differences))
    assert result.queries > 0
    assert not [one for one in result.not_asked if "lazy loading" in one.why]
