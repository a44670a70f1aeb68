"""Verifies all classes that are mapped in this process, group by group."""

from __future__ import annotations

import gc
import importlib
import json
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy.ext import declarative
from sqlalchemy.orm import Mapper, registry

from ariadne_sqla.verify import verify
from ariadne_sqla.verify.of_models import connected
from ariadne_sqla.verify.subject import AskedRoot
from ariadne_sqla.verify.ways import Answer, Asker, Mode

MOST = 20  # classes of a group that is asked for more than everything once
JSON: Counter[str] = Counter()
"""How many root fields were asked for as JSON, and how many of them were it."""


def mapped_classes() -> list[Mapper[Any]]:
    """Return all mappers that are alive, save those that cannot be configured."""
    found: dict[Mapper[Any], None] = {}
    for one in gc.get_objects():
        if isinstance(one, registry):
            try:
                one.configure()
            except Exception:  # noqa: S112 - a fixture may be wrong on purpose
                continue
            found.update(dict.fromkeys(one.mappers))
    return [*found]


def signature(group: list[Mapper[Any]]) -> str:
    """Return what tells one mapping from another, whatever the classes' identity."""
    parts = []
    for mapper in group:
        parts.append(f"{mapper.class_.__name__} {mapper.local_table} {mapper.inherits}")
        parts += [
            f"{prop} {getattr(prop, 'lazy', '')} {getattr(prop, 'deferred', '')} "
            f"{getattr(prop, 'order_by', '')} {getattr(prop, 'primaryjoin', '')}"
            for prop in mapper.attrs
        ]
    return "\n".join(sorted(parts))


def ask(self: Asker, document: str, root: AskedRoot, mode: Mode) -> Answer:
    """Ask, and count what is JSON: in SQLite its statements say `group_concat`."""
    answer = asked(self, document, root, mode)
    if mode == "json" and root.path == "eager":
        texts = (one.sql for one in answer.statements)
        is_json = any("group_concat(" in text for text in texts)
        JSON.update(asked=1, json=is_json)
    return answer


asked, Asker.ask = Asker.ask, ask  # type: ignore[method-assign]


def verified(
    source: str, group: list[Mapper[Any]], seconds: float, *, brief: bool = False
) -> dict[str, Any]:
    """Return what verifying one group came to, as JSON."""
    JSON.clear()
    brief = brief or len(group) > MOST
    names = sorted(mapper.class_.__name__ for mapper in group)
    found: dict[str, Any] = {"source": source, "classes": names}
    try:
        result = verify([one.class_ for one in group], seconds=seconds, brief=brief)
    except Exception as error:  # whatever foreign code raises
        found["crash"] = f"{type(error).__name__}: {error}"[:300]
        return found
    found["queries"], found["answers"] = result.queries, result.answers
    found["rows"], found["ways"], found["json"] = result.rows, result.ways, dict(JSON)
    found["differences"] = [str(one) for one in result.differences]
    found["not_asked"] = [f"{one.where} {one.why}"[:200] for one in result.not_asked]
    return found


def main(source: str, out: str, seconds: str, *modules: str) -> None:
    warnings.simplefilter("ignore")
    # `dynamic_dict` calls it as releases before 2.0 were called.
    older = declarative.declarative_base
    vars(declarative)["declarative_base"] = lambda _=None, **options: older(**options)
    failed = 0
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception as error:  # after its classes are mapped, maybe
            print(f"{module}: {error}", file=sys.stderr)
            failed = 1
    groups = connected(mapped_classes())
    until = time.monotonic() + float(seconds)
    classes = sum(map(len, groups))
    with Path(out).open("a") as file:
        for group in groups:
            share = (until - time.monotonic()) * len(group) / classes
            classes -= len(group)
            found = verified(source, group, max(5.0, share)) | {"of": len(groups)}
            file.write(json.dumps(found) + "\n")
            file.flush()
    sys.exit(failed and not groups)


if __name__ == "__main__":
    main(*sys.argv[1:])
