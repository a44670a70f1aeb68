"""Takes a policy out at each place where it is asked, and expects a red test.

    hatch run mutants      (all of them)
    hatch run mutants 3    (each third one)

A mutant is a line of the packages with another in its place. The tests run on a copy of
the packages, so that the working copy stays as it is. It lives if they are still green:
then nothing proves the place. A few CPU seconds for each that is found soon, and a
minute for one that lives.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
UNITS = (
    "packages/ariadne-sqla/tests/test_policies.py",
    "packages/ariadne-sqla/tests/test_visible_if.py",
    "packages/ariadne-sqla/tests/test_policy_net.py",
    "tests-integration/policies/test_subqueries.py",
)
AUDIT = "tests-integration/policies/test_audit.py"
PROPERTY = "tests-integration/policies/test_noninterference.py"
EXAMPLES = "150"


class Mutant(NamedTuple):
    """A place without its policy."""

    name: str
    file: str
    line: str
    instead: str


SELECTION = "sqla-selection/src/sqla_selection"
LOADERS = "sqla-loaders/src/sqla_loaders"
JSON = "sqla-json/src/sqla_json"
BINDABLES = "ariadne-sqla/src/ariadne_sqla"

MUTANTS = [
    Mutant(
        "root fields",
        f"{BINDABLES}/root_field.py",
        "            stmt = stmt.where(seen)\n",
        "            pass\n",
    ),
    Mutant(
        "batches",
        f"{LOADERS}/gate.py",
        "            stmt = stmt.where(visible)\n",
        "            pass\n",
    ),
    Mutant(
        "the identity map",
        f"{LOADERS}/fetching.py",
        "is_chosen = bool(terms.criteria) or seen is not None",
        "is_chosen = bool(terms.criteria)",
    ),
    Mutant(
        "subqueries of JSON",
        f"{JSON}/related.py",
        "        stmt = stmt.where(asked.seen)\n",
        "        pass\n",
    ),
    Mutant(
        "pages",
        f"{LOADERS}/page_parts.py",
        "            stmt = stmt.where(visible)\n",
        "            pass\n",
    ),
    Mutant(
        "EXISTS of filters",
        f"{SELECTION}/arguments/conditions.py",
        "        part = and_(visible, part)\n",
        "        pass\n",
    ),
    Mutant(
        "EXISTS of filters through a table between",
        f"{SELECTION}/arguments/conditions.py",
        "    stmt = stmt.where(to_rows, part, *(() if seen is None else (seen,)))\n",
        "    stmt = stmt.where(to_rows, part)\n",
    ),
    Mutant(
        "JOINs of orders",
        f"{SELECTION}/arguments/order_joins.py",
        "    return target, leading.and_(visible)\n",
        "    return target, leading\n",
    ),
    Mutant(
        "JOINs of orders whose policy has a subquery",
        f"{SELECTION}/arguments/order_joins.py",
        "        rows = rows.where(visible)\n",
        "        pass\n",
    ),
    Mutant(
        "what SQL text says of an alias",
        f"{SELECTION}/visibility.py",
        "                said = self._of_same_rows(mapper, policy, entity)\n",
        "                pass\n",
    ),
    Mutant(
        "rows of cursors",
        f"{SELECTION}/arguments/keyset.py",
        "    return stmt if visible is None else stmt.where(visible)\n",
        "    return stmt\n",
    ),
    Mutant(
        "windows of relationships",
        f"{SELECTION}/arguments/bound.py",
        "        self.scope = scope or Scope(info=info)\n",
        "        self.scope = Scope(info=info)\n",
    ),
    Mutant(
        "conditions of root fields",
        f"{BINDABLES}/request.py",
        "        return Scope(seen.of, self.info, seen.policies.guarded_between)\n",
        "        return Scope(info=self.info)\n",
    ),
    Mutant(
        "what is joined into a statement",
        f"{SELECTION}/carriers.py",
        "    if edge.is_guarded:\n",
        "    if False:\n",
    ),
    Mutant(
        "values of attributes",
        f"{BINDABLES}/attribute_resolvers.py",
        "unprepared.chosen_by is not None or unprepared.is_guarded(info)",
        "unprepared.chosen_by is not None",
    ),
    Mutant(
        "attributes that functions read",
        f"{BINDABLES}/readers.py",
        "        is_guarded = policies.guards(reading.relationship.mapper)\n",
        "        is_guarded = False\n",
    ),
    Mutant(
        "what Python code reads",
        f"{LOADERS}/values.py",
        "            if policies.guards(prop.mapper) and state.has_identity:\n",
        "            if False:\n",
    ),
    Mutant(
        "aliases and properties",
        f"{BINDABLES}/unprepared.py",
        "            put_on(obj, self.needs, Request(info, self.bound))\n",
        "            pass\n",
    ),
    Mutant(
        "resolvers with hints",
        f"{BINDABLES}/application_resolvers.py",
        "            put_on(obj, needs, Request(info, bound))\n",
        "            pass\n",
    ),
    Mutant(
        "results of resolvers",
        f"{BINDABLES}/shown.py",
        "    return value if registry.verdicts.is_seen(value, visibility) else None\n",
        "    return value\n",
    ),
    Mutant(
        "fields of types without a model, and properties",
        f"{BINDABLES}/guarding.py",
        "    definition.resolve = around\n",
        "    pass\n",
    ),
    Mutant(
        "global ids and entities",
        f"{BINDABLES}/entity_statement.py",
        "        stmt = stmt.where(seen)\n",
        "        pass\n",
    ),
    Mutant(
        "subclasses of what is selected",
        f"{SELECTION}/visibility.py",
        "                found = self._of_subclass(entity, mapper, one, policy)\n",
        "                continue\n",
    ),
    Mutant(
        "classes that it inherits from",
        f"{SELECTION}/visibility.py",
        "            if mapper.isa(one):\n",
        "            if mapper is not one and mapper.isa(one):\n"
        "                continue\n"
        "            if mapper.isa(one):\n",
    ),
    Mutant(
        "a policy that gives nothing",
        f"{SELECTION}/visibility.py",
        "        if answer is True:\n",
        "        if answer is True or answer is None:\n",
    ),
    Mutant(
        "loaders of another request",
        f"{LOADERS}/registry.py",
        "known.context is not info.context or known.policies is not policies",
        "known.policies is not policies",
    ),
    Mutant(
        "SQL of base queries",
        f"{BINDABLES}/root_request.py",
        "            selected = replace(selected, criteria=self.criteria)\n",
        "            pass\n",
    ),
    Mutant(
        "SQL of the base queries of nodes",
        f"{BINDABLES}/keyed_rows.py",
        "                    select = select.options(*self._request.criteria)\n",
        "                    pass\n",
    ),
    Mutant(
        "SQL of base queries that is counted",
        f"{LOADERS}/connections.py",
        "        counted = counted.options(*criteria)\n",
        "",
    ),
    Mutant(
        "a policy that fails, in the net",
        f"{SELECTION}/net.py",
        "            conditions[mapper] = false()\n",
        "            continue\n",
    ),
    Mutant(
        "resolvers of hidden fields",
        f"{BINDABLES}/hidden_fields.py",
        "            if is_seen(info, type_name, field_name):\n",
        "            if True:\n",
    ),
    Mutant(
        "the application's resolvers of hidden fields",
        f"{BINDABLES}/watching.py",
        "                call = hiding(call)\n",
        "",
    ),
    Mutant(
        "hidden fields that functions read",
        f"{BINDABLES}/field_columns.py",
        "        if self.asks is not None and self._is_hidden(info, *self.asks):\n",
        "        if False:\n",
    ),
    Mutant(
        "columns of hidden fields",
        f"{SELECTION}/reading.py",
        "    if name in config.hidden:\n",
        "    if False:\n",
    ),
    Mutant(
        "plans of who sees more",
        f"{SELECTION}/planner.py",
        "    return asked.key, mapper, types.edition\n",
        "    return asked.key, mapper\n",
    ),
    Mutant(
        "plans by the nodes of a document",
        f"{SELECTION}/remembered_plans.py",
        "    key = (key, types.edition)\n",
        "",
    ),
    Mutant(
        "filters by hidden columns",
        f"{SELECTION}/arguments/given_filter.py",
        "            check_attribute(self.hides, mapper, of_field.attribute, path)\n",
        "",
    ),
    Mutant(
        "filters by hidden relationships",
        f"{SELECTION}/arguments/given_filter.py",
        "        check_attribute(self.hides, mapper, of_field.relationship, path)\n",
        "",
    ),
    Mutant(
        "orders by hidden columns",
        f"{SELECTION}/arguments/given_order.py",
        "            check_order_key(hides, shape.mapper, key, path)\n",
        "",
    ),
    Mutant(
        "arguments below the root about hidden columns",
        f"{SELECTION}/arguments/bound.py",
        "            hides=hidden_in(self._info),\n",
        "",
    ),
    Mutant(
        "values in cursors that not everybody may see",
        f"{SELECTION}/arguments/vocabulary.py",
        '        if rules and rules.of_attribute(mapper, ".".join(names)):\n',
        "        if False:\n",
    ),
    Mutant(
        "keys of entities that are hidden",
        f"{BINDABLES}/federation.py",
        "                self._check_is_seen(key)\n",
        "",
    ),
    Mutant(
        "what hidden columns are made into",
        f"{SELECTION}/field_rules.py",
        "        return not self.columns.isdisjoint(_columns_in(mapper, name))\n",
        "        return name == self.name\n",
    ),
    Mutant(
        "a rule that gives nothing",
        f"{SELECTION}/field_visibility.py",
        "    if isinstance(answer, bool):\n",
        "    if True:\n",
    ),
]


def lives(mutant: Mutant, directory: Path) -> bool:
    """Tell whether all tests pass with *mutant*."""
    copy = directory / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", ".git", "site")
    for name in ("packages", "tests-integration"):
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, copy / name)
    file = copy / "packages" / mutant.file
    text = file.read_text()
    assert text.count(mutant.line) == 1, f"{mutant.name}: {mutant.line!r}"
    file.write_text(text.replace(mutant.line, mutant.instead))
    sources = [str(one) for one in sorted((copy / "packages").glob("*/src"))]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*sources, str(copy)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SQLA_TEST_POLICY_EXAMPLES": EXAMPLES,
    }
    for tests in (*UNITS, AUDIT, PROPERTY):
        path = Path(tests)
        folder = copy / "packages/ariadne-sqla" if path.parts[0] == "packages" else copy
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        if tests in UNITS:
            command += ["-k", "not AsyncSession"]
        run = subprocess.run(  # noqa: S603
            [*command, str(copy / tests)],
            cwd=folder,
            env=environment,
            capture_output=True,
            check=False,
        )
        if run.returncode == 1:
            return False
        assert run.returncode == 0, run.stdout.decode() + run.stderr.decode()
    return True


def main(step: int = 1, first: int = 0) -> int:
    """Return how many mutants live."""
    alive = 0
    with tempfile.TemporaryDirectory() as directory:
        for mutant in MUTANTS[first::step]:
            is_alive = lives(mutant, Path(directory))
            alive += is_alive
            sys.stdout.write(f"{'LIVES ' if is_alive else 'caught'} {mutant.name}\n")
            sys.stdout.flush()
    return alive


if __name__ == "__main__":
    sys.exit(min(main(*map(int, sys.argv[1:])), 1))
