"""What the README at the root says is so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from playground.testing import running

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_first_query_gives_the_answer_and_takes_two_statements(
    tmp_path: Path,
) -> None:
    (body,) = re.findall(r"-d '(.+)'", README)
    (answer,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    query = json.loads(body)["query"]
    database = f"sqlite:///{tmp_path / 'blog.sqlite3'}"
    options = ("--port", "0", "--echo", "--database", database)

    with running("-m", "playground", *options) as playground:
        said = playground.ask(query)
        all_posts = playground.ask(query.replace("(limit: 2)", ""))

    assert said.body == json.loads(answer)
    assert len(said.statements) == 2, said.statements
    assert len(all_posts.data["posts"]) == 1000
    assert len(all_posts.statements) == 2, all_posts.statements


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_command_is_a_script(document: str) -> None:
    tomllib: Any = pytest.importorskip("tomllib", reason="in Python since 3.11")
    environments = tomllib.loads((ROOT / "hatch.toml").read_text())["envs"]
    default = environments["default"]["scripts"]
    scripts = set(default)
    for name, environment in environments.items():
        inherited = {} if environment.get("detached") else default
        own = environment.get("scripts", {})
        scripts |= {f"{name}:{script}" for script in {*inherited, *own}}

    commands = re.findall(r"hatch run ([\w:-]+)", (ROOT / document).read_text())

    assert commands
    assert set(commands) - scripts == set()
