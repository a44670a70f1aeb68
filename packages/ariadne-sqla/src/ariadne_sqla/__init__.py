"""GraphQL APIs over SQLAlchemy models, with Ariadne."""

from sqla_loaders import (
    LoaderRegistry,
    SerializedAsyncSession,
    SQLAlchemyDataLoader,
    serialized,
)
from sqla_loaders.extension import SQLAlchemyDataLoaderExtension
from sqla_selection import LoadStrategy, auto_eager_load

from .__about__ import __version__
from .debug import SQLAlchemyDebugExtension
from .documents import DocumentCache
from .errors import (
    AmbiguousTypeWarning,
    ArgumentValueError,
    ConfigurationError,
    MissingRegistryError,
    MissingSessionError,
    RepresentationError,
    UnboundFieldWarning,
    UnfilteredFieldWarning,
    UnusedArgumentWarning,
)
from .middleware import SQLAlchemySessionMiddleware, SQLAlchemySessionWSGIMiddleware
from .object_type import SQLAlchemyObjectType
from .query_type import SQLAlchemyQueryType
from .recording import UnplannedLoadError
from .routes import use_route
from .safety import document_limits, format_error, safe_options
from .subscriptions import SQLAlchemySubscriptionType

__all__ = [
    "AmbiguousTypeWarning",
    "ArgumentValueError",
    "ConfigurationError",
    "DocumentCache",
    "LoadStrategy",
    "LoaderRegistry",
    "MissingRegistryError",
    "MissingSessionError",
    "RepresentationError",
    "SQLAlchemyDataLoader",
    "SQLAlchemyDataLoaderExtension",
    "SQLAlchemyDebugExtension",
    "SQLAlchemyObjectType",
    "SQLAlchemyQueryType",
    "SQLAlchemySessionMiddleware",
    "SQLAlchemySessionWSGIMiddleware",
    "SQLAlchemySubscriptionType",
    "SerializedAsyncSession",
    "UnboundFieldWarning",
    "UnfilteredFieldWarning",
    "UnplannedLoadError",
    "UnusedArgumentWarning",
    "__version__",
    "auto_eager_load",
    "document_limits",
    "format_error",
    "safe_options",
    "serialized",
    "use_route",
]
