"""Each SELECT that names a table has its policy in it, told by a literal.

A statement is taken apart into its SELECTs; what is in brackets belongs to the one
around them. Excused is the owner of a relationship, whose rows are asked for by keys
that the request has already, and what is refreshed by key.
"""

import re
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import event

from . import generated
from .asking import Ask, Databases
from .world import MARKS, Features, Viewer, world_of

pytestmark = pytest.mark.filterwarnings("ignore::ariadne_sqla.HiddenNonNullWarning")

FEATURES = Features(item="level", book="none", note="level")
SEEDS = range(40)
_TABLE = re.compile(r"\b(?:FROM|JOIN|,)\s+\(?(author|item|tag|note)\b(?: AS (\w+))?")


async def test_every_select_has_the_policies_of_its_tables(tmp_path: Path) -> None:
    world = world_of(FEATURES)
    databases = Databases(tmp_path, world)
    engine, _ = databases.engines("all")
    statements: list[str] = []
    asked = set()
    for seed in SEEDS:
        random = Random(seed)  # noqa: S311
        databases.put("all", generated.rows(random))
        document = generated.document(random, world.schema, [])
        if "own" in document:  # whose statements are the application's
            continue
        listener = event.listens_for(engine, "before_cursor_execute")
        listener(lambda *args: statements.append(args[2]))
        ask = Ask("graphql_sync", "eager", is_preloaded=False, is_closed=False)
        await databases.answer("all", document, Viewer(1, 1), ask)
        for statement in statements:
            if statement.startswith("SELECT"):
                assert not lacking(statement), f"{document}\n{statement}"
                asked |= set(tables_of(statement))
        statements.clear()

    assert asked == {"author", "item", "tag", "note"}
    await databases.dispose()


def test_a_select_without_its_policy_is_found() -> None:
    of_items = "SELECT item.id FROM item WHERE item.vis < 90002 AND EXISTS "
    of_notes = "(SELECT 1 FROM note WHERE note.item_id = item.id)"

    assert lacking(of_items + of_notes) == ["note"]
    assert lacking("SELECT item.id FROM item WHERE item.vis < 90002") == []
    assert lacking("SELECT a.id FROM item AS a WHERE a.id IN (?)") == []


def lacking(statement: str) -> list[str]:
    """Return the tables of SELECTs that are named without their policy."""
    found = []
    for scope, own in selects_of(statement):
        for match in _TABLE.finditer(own):
            table, name = match[1], match[2] or match[1]
            is_by_key = re.search(rf"\b{name}\.id (?:= \?|IN \()", own)
            if str(MARKS[table]) not in scope and not is_by_key:
                found.append(table)
    return found


def tables_of(statement: str) -> list[str]:
    """Return the tables that are named in *statement*."""
    return [match[1] for match in _TABLE.finditer(statement)]


def selects_of(statement: str) -> list[tuple[str, str]]:
    """Return each SELECT of *statement*, and what of it is in no SELECT inside it."""
    found, starts = [], [0]
    brackets: list[bool] = []
    owns: list[list[str]] = [[]]
    for place, letter in enumerate(statement):
        if letter == "(":
            brackets.append(statement[place + 1 :].lstrip().startswith("SELECT"))
            if brackets[-1]:
                starts.append(place)
                owns.append([])
        owns[-1].append(letter)
        if letter == ")" and brackets.pop():
            scope = statement[starts.pop() : place + 1]
            found.append((scope, "".join(owns.pop())))
    return [*found, (statement, "".join(owns.pop()))]
