"""`ariadne.contrib.sqlalchemy`: what the others are measured by."""

from __future__ import annotations

from typing import Any

from ariadne import make_executable_schema
from ariadne.contrib.sqlalchemy import (
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
)
from graphql import GraphQLSchema

from benchmarks.ariadne_contestant import AriadneContestant, query_with_manual_resolver
from benchmarks.blog import TYPE_DEFS, Comment, Post, Tag, User


class AriadneContrib(AriadneContestant):
    name = "ariadne.contrib.sqlalchemy"
    extensions = (SQLAlchemyDataLoaderExtension,)

    def make_schema(self) -> GraphQLSchema:
        types = [
            SQLAlchemyObjectType("User", User),
            SQLAlchemyObjectType("Post", Post),
            SQLAlchemyObjectType("Comment", Comment),
            SQLAlchemyObjectType("Tag", Tag),
        ]
        query = query_with_manual_resolver(SQLAlchemyQueryType(types))
        return make_executable_schema(TYPE_DEFS, query, *types)


class AriadneContribWithDocumentCache(AriadneContrib):
    name = "ariadne.contrib.sqlalchemy, documents kept"
    workloads = frozenset({"one"})

    def ariadne_options(self) -> dict[str, Any]:
        from ariadne_sqla import DocumentCache

        documents = DocumentCache()
        return {
            "query_parser": documents.parse,
            "query_validator": documents.validate,
        }


CONTESTANTS = [AriadneContrib, AriadneContribWithDocumentCache]
