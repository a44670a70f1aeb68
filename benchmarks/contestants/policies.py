"""What policies cost: this project with one on every type, and with none.

The conditions hold for all rows, so that everybody answers the same. Written by hand
they are criteria of the statement, which reach what is joined to it and what its
options load.
"""

from __future__ import annotations

import warnings
from typing import Any

from ariadne import make_executable_schema
from graphql import GraphQLSchema
from sqlalchemy import select
from sqlalchemy.orm import with_loader_criteria

from ariadne_sqla import (
    HiddenNonNullWarning,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyExecutionContext,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    use_route,
)
from benchmarks.ariadne_contestant import AriadneContestant, query_with_manual_resolver
from benchmarks.blog import TYPE_DEFS, Comment, Post, Tag, User
from benchmarks.contestant import Answer
from benchmarks.workloads import Workload

MODELS = {"User": User, "Post": Post, "Comment": Comment, "Tag": Tag}


def may_be_seen(entity: Any, info: Any = None) -> Any:
    """Return a condition of the rows."""
    return entity.id >= 0


class Policies(AriadneContestant):
    name = "ariadne-sqla, a policy on every type"
    extensions = (SQLAlchemyDataLoaderExtension,)
    workloads = frozenset({"flat", "nested", "deep"})

    def make_schema(self) -> GraphQLSchema:
        types = [
            SQLAlchemyObjectType(name, model, policy=may_be_seen)
            for name, model in MODELS.items()
        ]
        query = query_with_manual_resolver(SQLAlchemyQueryType(types))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HiddenNonNullWarning)
            return make_executable_schema(TYPE_DEFS, query, *types)

    def asgi_app(self) -> None:
        return None


class WithClosures(AriadneContestant):
    """Completes objects by functions, and never takes the finished JSON."""

    def ariadne_options(self) -> dict[str, Any]:
        return {"execution_context_class": SQLAlchemyExecutionContext}

    async def answer(self, workload: Workload) -> Answer:
        with use_route("objects"):
            return await super().answer(workload)


class PoliciesWithClosures(WithClosures, Policies):
    name = "ariadne-sqla, a policy on every type, completed by closures"


class ConditionsByHand(AriadneContestant):
    name = "ariadne-sqla, the same conditions by hand"
    extensions = (SQLAlchemyDataLoaderExtension,)
    workloads = Policies.workloads

    def make_schema(self) -> GraphQLSchema:
        criteria = [
            with_loader_criteria(model, may_be_seen(model), include_aliases=True)
            for model in MODELS.values()
        ]

        class Filtered(SQLAlchemyObjectType):
            def get_base_query(self, info: Any, /, *_: Any, **kwargs: Any) -> Any:
                return select(self.model).options(*criteria)

        types = [Filtered(name, model) for name, model in MODELS.items()]
        query = query_with_manual_resolver(SQLAlchemyQueryType(types))
        return make_executable_schema(TYPE_DEFS, query, *types)

    def asgi_app(self) -> None:
        return None


class ConditionsByHandWithClosures(WithClosures, ConditionsByHand):
    name = "ariadne-sqla, the same conditions by hand, completed by closures"


CONTESTANTS = [
    Policies,
    PoliciesWithClosures,
    ConditionsByHand,
    ConditionsByHandWithClosures,
]
