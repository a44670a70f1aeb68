"""A policy that is taken out is missed: a sample, of `mutants.py`, which runs all."""

from pathlib import Path

import pytest

from .mutants import MUTANTS, ROOT, Mutant, lives

SAMPLE = ["batches"]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_each_place_is_there_once(mutant: Mutant) -> None:
    text = (ROOT / "packages" / mutant.file).read_text()

    assert text.count(mutant.line) == 1, "The place has moved: say where it is now."


@pytest.mark.parametrize("name", SAMPLE)
def test_a_place_without_its_policy_is_noticed(name: str, tmp_path: Path) -> None:
    [mutant] = [one for one in MUTANTS if one.name == name]

    assert not lives(mutant, tmp_path)
