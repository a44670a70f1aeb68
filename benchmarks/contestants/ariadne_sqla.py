"""This project.

`posts` and `post` take the standard path; `publishedPosts`, whose resolver is the
application's own, the fallback.
"""

from __future__ import annotations

import gc
from typing import Any

from ariadne import graphql, make_executable_schema
from graphql import GraphQLSchema

from ariadne_sqla import (
    DocumentCache,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyExecutionContext,
    SQLAlchemyHTTPHandler,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    use_route,
)
from ariadne_sqla.splicing import response_text, splicing
from benchmarks.ariadne_contestant import AriadneContestant, query_with_manual_resolver
from benchmarks.blog import TYPE_DEFS, Comment, Post, Tag, User
from benchmarks.contestant import Answer
from benchmarks.workloads import WORKLOADS, Workload


class AriadneSqla(AriadneContestant):
    name = "ariadne-sqla"
    extensions = (SQLAlchemyDataLoaderExtension,)

    def reading(self) -> Any:
        """Return what makes a session for each root field, if not the request's."""
        return None

    def make_schema(self) -> GraphQLSchema:
        types = [
            SQLAlchemyObjectType("User", User),
            SQLAlchemyObjectType("Post", Post),
            SQLAlchemyObjectType("Comment", Comment),
            SQLAlchemyObjectType("Tag", Tag),
        ]
        query_type = SQLAlchemyQueryType(types, session_factory=self.reading())
        query = query_with_manual_resolver(query_type)
        return make_executable_schema(TYPE_DEFS, query, *types)


class AriadneSqlaWithDocumentCache(AriadneSqla):
    name = "ariadne-sqla, documents kept"
    workloads = frozenset({"one"})

    def ariadne_options(self) -> dict[str, Any]:
        documents = DocumentCache()
        return {
            "query_parser": documents.parse,
            "query_validator": documents.validate,
        }


class Completed(AriadneSqla):
    """Takes what makes a response without graphql-core's work for each field."""

    def ariadne_options(self) -> dict[str, Any]:
        options = super().ariadne_options()
        return {**options, "execution_context_class": SQLAlchemyExecutionContext}


class AriadneSqlaWithClosures(Completed):
    """Completes objects by functions, and never takes the finished JSON."""

    name = "ariadne-sqla, completed by closures"

    async def answer(self, workload: Workload) -> Answer:
        with use_route("objects"):
            return await super().answer(workload)

    def asgi_app(self) -> Any:
        app = super().asgi_app()

        async def by_objects(scope: Any, receive: Any, send: Any) -> None:
            with use_route("objects"):
                await app(scope, receive, send)

        return by_objects


class AriadneSqlaWithClosuresAndDocuments(
    AriadneSqlaWithClosures, AriadneSqlaWithDocumentCache
):
    """Keeps parsed documents too, and so the functions by their nodes."""

    name = "ariadne-sqla, closures, documents kept"


class AriadneSqlaAsJson(Completed):
    """Has the database make the JSON, and parses it into the result."""

    name = "ariadne-sqla, JSON parsed"


class AriadneSqlaAsJsonWithDocuments(AriadneSqlaAsJson, AriadneSqlaWithDocumentCache):
    """Keeps parsed documents too."""

    name = "ariadne-sqla, JSON parsed, documents kept"
    workloads = frozenset({"nested"})


class AriadneSqlaSpliced(Completed):
    """Writes the JSON of the database into the response as it is."""

    name = "ariadne-sqla, JSON spliced"

    async def answer(self, workload: Workload) -> Answer:
        async with self.database.session() as session:
            with splicing():
                _, response = await graphql(
                    self.schema,
                    {"query": workload.query, "variables": workload.variables},
                    context_value={"session": session},
                    extensions=[*self.extensions],
                    **self.options,
                )
            return Answer(response_text(response))

    def http_handler(self) -> Any:
        return SQLAlchemyHTTPHandler(extensions=[*self.extensions])


class AriadneSqlaSplicedWithDocuments(AriadneSqlaSpliced, AriadneSqlaWithDocumentCache):
    """Keeps parsed documents too."""

    name = "ariadne-sqla, JSON spliced, documents kept"
    workloads = frozenset({"flat", "nested", "deep", "one"})


class AriadneSqlaInAutocommit(AriadneSqlaSplicedWithDocuments):
    """Sends the statement alone: no BEGIN before it, and no ROLLBACK after it."""

    name = "ariadne-sqla, JSON spliced, documents kept, autocommit"
    workloads = frozenset({"one"})
    databases = frozenset({"postgresql"})

    def reading(self) -> Any:
        engine = self.database.engine.execution_options(isolation_level="AUTOCOMMIT")
        return type(self.database.session_factory)(engine)


class AriadneSqlaWithoutTheField(AriadneSqla):
    """Shows what the query costs where the skipped relationship is not in it."""

    name = "ariadne-sqla, the query without it"
    workloads = frozenset({"skipped"})

    async def answer(self, workload: Workload) -> Answer:
        [nested] = [one for one in WORKLOADS if one.name == "nested"]
        return await super().answer(nested)


class AriadneSqlaWithoutCollector(AriadneSqla):
    """Shows what of the growth with the number of posts is Python's own.

    Each full collection visits every object that is alive, and the more rows an answer
    has, the more there are.
    """

    name = "ariadne-sqla, garbage collector off"
    workloads = frozenset({"nested", "deep"})

    async def answer(self, workload: Workload) -> Answer:
        gc.disable()
        try:
            return await super().answer(workload)
        finally:
            gc.enable()

    def asgi_app(self) -> None:
        return None


CONTESTANTS = [
    AriadneSqla,
    AriadneSqlaWithDocumentCache,
    AriadneSqlaWithClosures,
    AriadneSqlaWithClosuresAndDocuments,
    AriadneSqlaAsJson,
    AriadneSqlaAsJsonWithDocuments,
    AriadneSqlaSpliced,
    AriadneSqlaSplicedWithDocuments,
    AriadneSqlaInAutocommit,
    AriadneSqlaWithoutTheField,
    AriadneSqlaWithoutCollector,
]
