"""GraphQL APIs over SQLAlchemy models, with Ariadne."""

from sqla_loaders import (
    Cause,
    LoaderRegistry,
    SerializedAsyncSession,
    SQLAlchemyDataLoader,
    serialized,
)
from sqla_loaders.extension import SQLAlchemyDataLoaderExtension
from sqla_selection import (
    DepthLimitError,
    FragmentCycleError,
    LoadStrategy,
    QueryTooLargeError,
    auto_eager_load,
)
from sqla_selection.arguments import ArgumentLimits

from .__about__ import __version__
from .debug import SQLAlchemyDebugExtension
from .documents import DocumentCache
from .errors import (
    AmbiguousTypeWarning,
    ArgumentValueError,
    ConfigurationError,
    ConnectionWaitError,
    MissingRegistryError,
    MissingSessionError,
    RepresentationError,
    UnboundFieldWarning,
    UnfilteredFieldWarning,
    UnplannedLoadError,
)
from .input_types import SQLAlchemyFilterType, SQLAlchemyOrderType
from .middleware import SQLAlchemySessionMiddleware, SQLAlchemySessionWSGIMiddleware
from .object_type import SQLAlchemyObjectType
from .query_type import SQLAlchemyQueryType
from .routes import Route, use_route
from .safety import document_limits, format_error, safe_options
from .subscriptions import SQLAlchemySubscriptionType

__all__ = [
    "AmbiguousTypeWarning",
    "ArgumentLimits",
    "ArgumentValueError",
    "Cause",
    "ConfigurationError",
    "ConnectionWaitError",
    "DepthLimitError",
    "DocumentCache",
    "FragmentCycleError",
    "LoadStrategy",
    "LoaderRegistry",
    "MissingRegistryError",
    "MissingSessionError",
    "QueryTooLargeError",
    "RepresentationError",
    "Route",
    "SQLAlchemyDataLoader",
    "SQLAlchemyDataLoaderExtension",
    "SQLAlchemyDebugExtension",
    "SQLAlchemyFilterType",
    "SQLAlchemyObjectType",
    "SQLAlchemyOrderType",
    "SQLAlchemyQueryType",
    "SQLAlchemySessionMiddleware",
    "SQLAlchemySessionWSGIMiddleware",
    "SQLAlchemySubscriptionType",
    "SerializedAsyncSession",
    "UnboundFieldWarning",
    "UnfilteredFieldWarning",
    "UnplannedLoadError",
    "__version__",
    "auto_eager_load",
    "document_limits",
    "format_error",
    "safe_options",
    "serialized",
    "use_route",
]
