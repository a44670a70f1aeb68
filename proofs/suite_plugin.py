"""A plugin for SQLAlchemy's own test suite: what a test maps is verified after it.

In a child process, so that the suite's state is left alone and a hang costs only its
time. Each mapping is verified once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Mapper

from ariadne_sqla.verify.of_models import connected

from .examine import mapped_classes, signature, verified

OUT = Path(os.environ["PROOFS_OUT"])
SECONDS = float(os.environ.get("PROOFS_SECONDS", "20"))


MOST = 60  # classes of one group: more are left by other tests
changed = False


@event.listens_for(Mapper, "after_mapper_constructed")
def _note(*_: Any) -> None:
    global changed  # to look at all that is mapped takes long
    changed = True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    try:
        return (yield)
    finally:
        global changed
        if changed:
            changed = False
            _verify_in_child(item.nodeid.partition("::")[0])


def _verify_in_child(source: str) -> None:
    try:
        groups = [
            group
            for group in connected(mapped_classes())
            if len(group) <= MOST and _is_new(signature(group))
        ]
    except Exception:  # what a test leaves may be in any state
        return
    if not groups:
        return
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    code = 0
    try:
        signal.alarm(int(3 * SECONDS * len(groups)))
        with (
            Path(os.devnull).open("w") as nowhere,
            (OUT / f"suite-{os.getpid()}.jsonl").open("a") as file,
        ):
            sys.stdout = sys.stderr = nowhere
            for group in groups:
                found = verified(source, group, SECONDS, brief=True)
                file.write(json.dumps(found) + "\n")
                file.flush()
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        os._exit(code)


def _is_new(text: str) -> bool:
    """Tell whether nobody has verified that mapping, and claim it."""
    name = sha256(text.encode()).hexdigest()[:24]
    seen = OUT / "seen"
    seen.mkdir(exist_ok=True)
    try:
        (seen / name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
