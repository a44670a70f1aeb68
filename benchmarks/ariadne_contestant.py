"""What the contestants that run on Ariadne share."""

from __future__ import annotations

from abc import abstractmethod
from inspect import isawaitable
from typing import Any

from ariadne import QueryType, graphql
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLHTTPHandler
from graphql import GraphQLSchema
from sqlalchemy import select

from .blog import Post
from .contestant import Answer, Contestant, to_json
from .workloads import Workload


class AriadneContestant(Contestant):
    """Ariadne with a schema of its own."""

    extensions: Any = None
    """As Ariadne's option."""

    @abstractmethod
    def make_schema(self) -> GraphQLSchema:
        """Bind the resolvers."""

    def ariadne_options(self) -> dict[str, Any]:
        """Return options for Ariadne, such as `query_parser`."""
        return {}

    async def start(self) -> None:
        self.schema = self.make_schema()
        self.options = self.ariadne_options()

    async def answer(self, workload: Workload) -> Answer:
        async with self.database.session() as session:
            _, response = await graphql(
                self.schema,
                {"query": workload.query, "variables": workload.variables},
                context_value={"session": session},
                extensions=self.extensions,
                **self.options,
            )
        return Answer(to_json(response))

    def http_handler(self) -> Any:
        """Return what answers requests of the load part."""
        return GraphQLHTTPHandler(extensions=self.extensions)

    def asgi_app(self) -> Any:
        from ariadne_sqla import SQLAlchemySessionMiddleware

        app = GraphQL(
            self.make_schema(),
            context_value=lambda request, _data: {"session": request.state.session},
            http_handler=self.http_handler(),
            **self.ariadne_options(),
        )
        return SQLAlchemySessionMiddleware(app, self.database.session_factory)


def query_with_manual_resolver(query: QueryType) -> QueryType:
    """Add the resolver whose objects no plan has prepared."""

    @query.field("publishedPosts")
    def resolve_published_posts(_: Any, info: Any) -> Any:
        stmt = select(Post).where(Post.is_published)
        result = info.context["session"].scalars(stmt)
        if isawaitable(result):
            return _all(result)
        return result.all()

    return query


async def _all(awaitable: Any) -> Any:
    return (await awaitable).all()
