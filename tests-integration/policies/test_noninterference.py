"""Two databases that differ in what is hidden only give the same answers, to the byte.

The rows that a viewer may not see are there as they are, with everything else in them,
or not at all; the columns have something else in all rows. Policies, models, rows,
documents, and the path of the answer are generated of a seed. An example is one
document on three databases; there are `SQLA_TEST_POLICY_EXAMPLES` of them, tens of
thousands for a long run. A failure names the seed of its rows: `SQLA_TEST_POLICY_SEED`
runs that alone.
"""

import gc
import json
import os
import warnings
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ariadne_sqla import HiddenNonNullWarning, from_global_id

from . import generated
from .asking import Ask, Databases
from .world import Viewer, World, world_of

EXAMPLES = int(os.environ.get("SQLA_TEST_POLICY_EXAMPLES", "150"))
FIRST = int(os.environ.get("SQLA_TEST_POLICY_SEED", "0"))
DOCUMENTS = 15
"""For the same rows: to fill three databases takes longer than to ask them."""
ROWS = 6
"""For the same world: to map its classes takes longer still."""
ADMIN = Viewer(0, 99)

pytestmark = pytest.mark.filterwarnings("ignore::ariadne_sqla.HiddenNonNullWarning")


async def test_hidden_rows_are_without_influence(tmp_path: Path) -> None:
    last = FIRST + -(-EXAMPLES // DOCUMENTS)
    for number in range(FIRST // ROWS, -(-last // ROWS)):
        databases = Databases(tmp_path, world_at(number))
        # The garbage collector, which is asked for each rows, passes by what is there:
        # to go through mapping and schema takes longer than a document.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        seeds = range(max(FIRST, number * ROWS), min(last, (number + 1) * ROWS))
        try:
            for seed in seeds:
                await check(databases, seed)
        finally:
            await databases.dispose()


async def check(databases: Databases, seed: int) -> None:
    random, world = Random(seed), databases.world  # noqa: S311
    viewer = generated.viewer(random)
    rows = generated.rows(random)
    hidden = generated.hidden(world, rows, viewer)
    variants = {
        "as they are": rows,
        "scrambled": generated.scrambled(random, rows, hidden),
        "absent": generated.absent(rows, hidden),
    }
    for variant in ("scrambled", "absent"):
        of_variant = variants[variant]
        others = generated.with_other_fields(random, world, of_variant, viewer)
        variants[variant] = others
    for variant, of_variant in variants.items():
        databases.put(variant, of_variant)
    cursors = await all_cursors(databases)
    for number in range(DOCUMENTS):
        document = generated.document(random, world.schema, cursors)
        ask = ask_of(random, world)
        about = (
            f"seed {seed}, document {number}: {viewer} {ask}\n{world.features}\n"
            f"{document}\n{rows}\n{hidden}"
        )
        answers = {
            variant: await databases.answer(variant, document, viewer, ask)
            for variant in variants
        }
        assert len(set(answers.values())) == 1, f"{about}\n" + "\n".join(
            f"{variant}: {answer}" for variant, answer in answers.items()
        )
    await check_lists(databases, rows, hidden, viewer, ask, about)


def ask_of(random: Random, world: World) -> Ask:
    """Choose a path; without an event loop nothing is awaited."""
    ask = Ask.of(random)
    if "later" in vars(world.features).values() and ask.way == "graphql_sync":
        return replace(ask, way="graphql")
    return ask


async def check_lists(
    databases: Databases,
    rows: Any,
    hidden: dict[str, set[int]],
    viewer: Viewer,
    ask: Ask,
    about: str,
) -> None:
    """Check that what may be seen is shown: an empty answer tells nothing, too."""
    document = """{ author: authors { id } item: items { ... on Plain { id }
      ... on Book { id } } tag: tags { id } note: notes { id } }"""
    answer = await databases.answer("as they are", document, viewer, ask)
    found = json.loads(answer)
    assert "errors" not in found, f"{about}\n{answer}"
    for table, ids in hidden.items():
        shown = {int(_number(one["id"])) for one in found["data"][table]}
        assert shown == {one["id"] for one in rows[table]} - ids, f"{about}\n{answer}"


def _number(text: str) -> str:
    return from_global_id(text).key[0]


async def all_cursors(databases: Databases) -> list[generated.Cursor]:
    """Return cursors of all rows, in some orders."""
    asked = {
        f"f{n}": (type_name, order)
        for n, (type_name, order) in enumerate(
            [
                ("Note", "[{rank: ASC}]"),
                ("Note", "[{text: ASC}]"),
                ("Note", "[{author: {name: DESC}}]"),
                ("Note", "[{item: {author: {name: ASC}}}, {rank: DESC}]"),
                ("Note", "[{owner: ASC}]"),  # which no cursor shows
                ("Tag", "[{name: ASC}]"),
                ("Tag", "[{name: DESC}]"),
            ]
        )
    }
    fields = [
        f"{name}: {type_name.lower()}Pages{order and f'(orderBy: {order})'} "
        "{ edges { cursor } }"
        for name, (type_name, order) in asked.items()
    ]
    document = "{ " + " ".join(fields) + " }"
    ask = Ask("graphql", "eager", is_preloaded=False, is_closed=False)
    answer = await databases.answer("as they are", document, ADMIN, ask)
    return [
        generated.Cursor(*asked[name], edge["cursor"])
        for name, page in json.loads(answer)["data"].items()
        for edge in page["edges"]
    ]


def world_at(number: int) -> World:
    """Return one of the worlds."""
    random = Random(f"world {number}")  # noqa: S311
    features = generated.features(random)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HiddenNonNullWarning)
        return world_of(features)
