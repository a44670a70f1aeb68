"""DataLoaders for SQLAlchemy relationships, on a `Session` or an `AsyncSession`."""

from .__about__ import __version__
from ._compat import state_of
from .binds import crosses_binds, joins_cross_binds
from .causes import (
    Cause,
    PageWork,
    about_page,
    cause_of_statements,
    observer_of_work,
)
from .columns import persistent_state
from .completion import is_complete
from .connections import page_on, pages_of_owners
from .context import REGISTRY_KEY, SESSION_KEY, session_in, value_in
from .errors import (
    AsyncOwnerError,
    ClosedRegistryError,
    FailedBatchError,
    LoaderError,
    MissingSessionError,
    NotLoadedError,
    ParentKeyError,
)
from .gate import result_of, rows_without_objects
from .limits import keys_per_statement
from .listening import has_hooks
from .loader import SQLAlchemyDataLoader
from .on_owners import members, reader_of, sits_on_owner
from .page import Page
from .pages import PageDialect, PageQuery, PageStatement
from .paging import page_in
from .registry import LoaderRegistry
from .relationship import RelationshipQuery
from .row_entities import EntitiesOf, RowEntities
from .session import SerializedAsyncSession
from .siblings import Execution, Places
from .statement_page import connection
from .turns import AnySession, run, serialized, sync_session, unscoped

__all__ = [
    "REGISTRY_KEY",
    "SESSION_KEY",
    "AnySession",
    "AsyncOwnerError",
    "Cause",
    "ClosedRegistryError",
    "EntitiesOf",
    "Execution",
    "FailedBatchError",
    "LoaderError",
    "LoaderRegistry",
    "MissingSessionError",
    "NotLoadedError",
    "Page",
    "PageDialect",
    "PageQuery",
    "PageStatement",
    "PageWork",
    "ParentKeyError",
    "Places",
    "RelationshipQuery",
    "RowEntities",
    "SQLAlchemyDataLoader",
    "SerializedAsyncSession",
    "__version__",
    "about_page",
    "cause_of_statements",
    "connection",
    "crosses_binds",
    "has_hooks",
    "is_complete",
    "joins_cross_binds",
    "keys_per_statement",
    "members",
    "observer_of_work",
    "page_in",
    "page_on",
    "pages_of_owners",
    "persistent_state",
    "reader_of",
    "result_of",
    "rows_without_objects",
    "run",
    "serialized",
    "session_in",
    "sits_on_owner",
    "state_of",
    "sync_session",
    "unscoped",
    "value_in",
]
