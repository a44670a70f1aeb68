"""The proof on one's own models: `verify` is the whole of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from fnmatch import fnmatchcase
from typing import Any

from graphql import GraphQLSchema
from sqlalchemy import Engine

from ..scaffold import mappers_in
from .examination import Examination, Progress
from .of_models import connected, subject_of_models
from .of_schema import subject_of_schema
from .report import NotAsked, Verification
from .subject import Subject

__all__ = ["verify"]


def verify(
    subject: Any,
    *,
    engine: Engine | None = None,
    exclude: Collection[str] = (),
    seconds: float = 60.0,
    seed: int = 1,
    context: Callable[[Any], dict[str, Any]] | None = None,
    thorough: bool = False,
    brief: bool = False,
    progress: Progress | None = None,
) -> Verification:
    """Ask queries in every way, and compare each answer with that of lazy loading.

    Of models: a schema of all that they have, over root fields that are planned ahead,
    resolvers of one's own and `auto_eager_load`. Of a schema: its own types, over its
    own root fields, planned ahead and not. Without an event loop, in one, and with an
    `AsyncSession` where aiosqlite is installed; with `SQLAlchemyExecutionContext` too,
    as JSON and by functions. Queries are over every field and every
    relationship, and trees of them, with fragments, aliases and directives.

    Args:
        subject: Models, as `scaffold` takes them, or an executable schema.
        engine: A database with rows, which is told to refuse writes. Without it, rows
            are made in a SQLite database of the tool's own.
        exclude: Classes (`"AuditLog"`) and fields (`"User.email"`) to leave out; `*`
            stands for anything.
        seconds: When to stop; what was not asked by then is told.
        seed: Another one makes other rows and other queries.
        context: Makes the context of a request of a session, where a schema needs more
            than `{"session": session}`.
        thorough: Whether each query is asked in every way, not in three and one more.
        brief: Whether only what asks for everything once is asked: all values of each
            class, each relationship with all values, and each property, and no trees.
        progress: Is told the classes in work, and how many queries were asked.

    Raises:
        ConfigurationError: Nothing is mapped there, no type is bound, or the database
            cannot be told to refuse writes.
    """
    result = Verification()
    started = time.monotonic()

    def is_excluded(name: str) -> bool:
        return any(fnmatchcase(name, one) for one in exclude)

    groups = [*_subjects(subject, context, result.not_asked, is_excluded)]
    classes = sum(len(one.mappers) for one in groups)
    for one in groups:
        share = (started + seconds - time.monotonic()) * len(one.mappers) / classes
        classes -= len(one.mappers)
        deadline = time.monotonic() + share
        Examination(
            one, result, engine, deadline, seed, thorough, brief, progress
        ).run()
    result.seconds = time.monotonic() - started
    return result


def _subjects(
    subject: Any,
    context: Callable[[Any], dict[str, Any]] | None,
    not_asked: list[NotAsked],
    is_excluded: Callable[[str], bool],
) -> Iterator[Subject]:
    if isinstance(subject, GraphQLSchema):
        yield subject_of_schema(subject, context, not_asked, is_excluded)
        return
    for group in connected(mappers_in(subject)):
        kept = [one for one in group if not is_excluded(one.class_.__name__)]
        if kept:
            yield subject_of_models(kept, is_excluded)
