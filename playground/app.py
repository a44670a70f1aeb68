"""The ASGI application: GraphQL, health, the example queries and the page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ariadne.explorer import Explorer
from sqlalchemy import URL, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from ariadne_sqla import SQLAlchemySessionMiddleware

from .database import DEFAULT_URL, Database
from .endpoints import make_asgi_endpoint
from .gallery import EXAMPLES
from .guard import Guard, policy_for
from .models import Base
from .switches import read_switches, viewer_of
from .timing import ServerTiming, time_statements

FOLDER = Path(__file__).parent
PLAIN_PAGE = FOLDER / "page.html"
UI_FOLDER = FOLDER / "ui" / "dist"


class PlainExplorer(Explorer):
    """What a browser gets that asks for the GraphQL endpoint itself."""

    def html(self, request: Any) -> str:
        return PLAIN_PAGE.read_text(encoding="utf-8")


def create_app(
    database_url: str | URL = DEFAULT_URL,
    *,
    echo: bool = False,
    ui_folder: Path | None = UI_FOLDER,
    host: str = "127.0.0.1",
) -> Starlette:
    """Return the playground on a database that `prepare_database` has prepared.

    Args:
        database_url: Any that SQLAlchemy has a driver for, synchronous or not.
        echo: Whether to print every SQL statement.
        ui_folder: Where the web UI was built. A plain page is served without it.
        host: The name that it is served at. It also answers to addresses and to
            `localhost`, and to no other name.
    """
    database = Database(database_url, echo=echo)
    time_statements(database.sync_engine)
    graphql = make_asgi_endpoint(get_context, PlainExplorer())

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await database.dispose()

    async def health(_request: Request) -> Response:
        about = {"database": database.backend, "driver": database.driver}
        try:
            rows = await database.run(count_rows)
        except (SQLAlchemyError, OSError) as error:  # asyncpg raises plain OSError
            problem = str(getattr(error, "orig", None) or error)
            body = {"status": "unavailable", **about, "problem": problem}
            return JSONResponse(body, status_code=503)
        if rows is None:
            return JSONResponse({"status": "foreign", **about, "rows": {}})
        status = "ok" if any(rows.values()) else "empty"
        return JSONResponse({"status": status, **about, "rows": rows})

    async def examples(_request: Request) -> Response:
        return JSONResponse([asdict(example) for example in EXAMPLES])

    async def plain_page(_request: Request) -> Response:
        return FileResponse(PLAIN_PAGE)

    page: BaseRoute = Route("/", plain_page)
    if ui_folder is not None and (ui_folder / "index.html").is_file():
        page = Mount("/", StaticFiles(directory=ui_folder, html=True))
    return Starlette(
        routes=[
            Route(
                "/graphql",
                ServerTiming(
                    SQLAlchemySessionMiddleware(graphql, database.session_factory)
                ),
            ),
            Route("/health", health),
            Route("/examples.json", examples),
            page,
        ],
        middleware=[Middleware(Guard, names=[host], policy=policy_for(PLAIN_PAGE))],
        lifespan=lifespan,
    )


def get_context(request: Request, data: Any) -> dict[str, Any]:
    """Return what resolvers find in `info.context`."""
    switches = read_switches(data)
    return {
        "request": request,
        "session": request.state.session,
        "switches": switches,
        "viewer": viewer_of(switches),
    }


def count_rows(session: Session) -> dict[str, int] | None:
    """Return the number of rows of each table, no tables if there are none.

    None: there are tables, but those of the blog are not among them.
    """
    tables = Base.metadata.sorted_tables
    present = inspect(session.connection()).get_table_names()
    if not {table.name for table in tables} <= set(present):
        return None if present else {}
    counts = session.execute(
        select(
            *(
                select(func.count()).select_from(table).scalar_subquery()
                for table in tables
            )
        )
    ).one()
    return {table.name: count for table, count in zip(tables, counts, strict=True)}
