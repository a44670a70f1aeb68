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
    HiddenFieldError,
    LoadStrategy,
    Policy,
    QueryTooLargeError,
    VisibleIf,
    auto_eager_load,
    public,
)
from sqla_selection.arguments import ArgumentError, ArgumentLimits

from .__about__ import __version__
from .debug import SQLAlchemyDebugExtension
from .documents import DocumentCache
from .errors import (
    AmbiguousTypeWarning,
    ConfigurationError,
    ConnectionWaitError,
    GlobalIdError,
    HiddenNonNullWarning,
    MissingRegistryError,
    MissingSessionError,
    NotFoundError,
    PolicyError,
    RepresentationError,
    RowResultError,
    UnboundFieldWarning,
    UnfilteredFieldWarning,
    UnguardedExpressionWarning,
    UnplannedLoadError,
)
from .execution_context import SQLAlchemyExecutionContext
from .global_ids import GlobalId, from_global_id, to_global_id
from .input_types import SQLAlchemyFilterType, SQLAlchemyOrderType
from .input_values import values_of
from .middleware import SQLAlchemySessionMiddleware, SQLAlchemySessionWSGIMiddleware
from .node_type import SQLAlchemyNodeType
from .object_type import SQLAlchemyObjectType
from .query_type import SQLAlchemyQueryType
from .request import visible
from .routes import Route, use_route
from .safety import document_limits, format_error, safe_options
from .splicing import SQLAlchemyHTTPHandler, SQLAlchemyWSGI
from .subscriptions import SQLAlchemySubscriptionType
from .visible_rows import get_visible

__all__ = [
    "AmbiguousTypeWarning",
    "ArgumentError",
    "ArgumentLimits",
    "Cause",
    "ConfigurationError",
    "ConnectionWaitError",
    "DepthLimitError",
    "DocumentCache",
    "FragmentCycleError",
    "GlobalId",
    "GlobalIdError",
    "HiddenFieldError",
    "HiddenNonNullWarning",
    "LoadStrategy",
    "LoaderRegistry",
    "MissingRegistryError",
    "MissingSessionError",
    "NotFoundError",
    "Policy",
    "PolicyError",
    "QueryTooLargeError",
    "RepresentationError",
    "Route",
    "RowResultError",
    "SQLAlchemyDataLoader",
    "SQLAlchemyDataLoaderExtension",
    "SQLAlchemyDebugExtension",
    "SQLAlchemyExecutionContext",
    "SQLAlchemyFilterType",
    "SQLAlchemyHTTPHandler",
    "SQLAlchemyNodeType",
    "SQLAlchemyObjectType",
    "SQLAlchemyOrderType",
    "SQLAlchemyQueryType",
    "SQLAlchemySessionMiddleware",
    "SQLAlchemySessionWSGIMiddleware",
    "SQLAlchemySubscriptionType",
    "SQLAlchemyWSGI",
    "SerializedAsyncSession",
    "UnboundFieldWarning",
    "UnfilteredFieldWarning",
    "UnguardedExpressionWarning",
    "UnplannedLoadError",
    "VisibleIf",
    "__version__",
    "auto_eager_load",
    "document_limits",
    "format_error",
    "from_global_id",
    "get_visible",
    "public",
    "safe_options",
    "serialized",
    "to_global_id",
    "use_route",
    "values_of",
    "visible",
]
