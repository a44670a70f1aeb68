"""DataLoaders for SQLAlchemy relationships, on a `Session` or an `AsyncSession`."""

from .__about__ import __version__
from .errors import (
    ClosedRegistryError,
    LoaderError,
    MissingSessionError,
    ParentKeyError,
)
from .loader import SQLAlchemyDataLoader
from .registry import LoaderRegistry
from .session import SerializedAsyncSession, serialized

__all__ = [
    "ClosedRegistryError",
    "LoaderError",
    "LoaderRegistry",
    "MissingSessionError",
    "ParentKeyError",
    "SQLAlchemyDataLoader",
    "SerializedAsyncSession",
    "__version__",
    "serialized",
]
