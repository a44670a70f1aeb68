"""DataLoaders for SQLAlchemy relationships, on a `Session` or an `AsyncSession`."""

from .__about__ import __version__
from .connections import Page, connection, pages_of_owners
from .errors import (
    ClosedRegistryError,
    LoaderError,
    MissingSessionError,
    ParentKeyError,
)
from .loader import SQLAlchemyDataLoader
from .pages import PageDialect, PageQuery, PageStatement
from .registry import LoaderRegistry
from .session import SerializedAsyncSession, serialized

__all__ = [
    "ClosedRegistryError",
    "LoaderError",
    "LoaderRegistry",
    "MissingSessionError",
    "Page",
    "PageDialect",
    "PageQuery",
    "PageStatement",
    "ParentKeyError",
    "SQLAlchemyDataLoader",
    "SerializedAsyncSession",
    "__version__",
    "connection",
    "pages_of_owners",
    "serialized",
]
