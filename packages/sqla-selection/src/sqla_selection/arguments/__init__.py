"""Arguments on every level: filters, orders, pages and connections.

What a schema lets a client ask is a *shape* (`recognition`); what a client asks is a
*window* (`given`), a value; and a window becomes conditions, joins and an order on any
statement (`statements`).
"""

from .bound import KnownWindows, Windows
from .conditions import Scope, Visible, condition_of
from .connections import (
    connection_shape,
    node_type_of,
    reads_of_connection,
)
from .cursors import Cursors
from .errors import (
    ArgumentError,
    ArgumentLimitError,
    CursorError,
    PageSizeError,
    RowLimitError,
)
from .given import window_of
from .keyset import beyond, position_exists, within
from .limits import ArgumentLimits
from .named import Structure, structure_of, with_names
from .ordering import (
    Ordering,
    order_key_of_another,
    order_keys_of,
    order_keys_of_statement,
    ordering_of,
)
from .own_resolvers import Wanted, asked_of, selected_of, wanted_of, window_in
from .recognition import (
    arguments_shape,
    check_order_of_connection,
    refuse_arguments,
)
from .shapes import (
    ArgumentsShape,
    ConnectionShape,
    FilterConfig,
    OrderConfig,
    OrderKey,
)
from .statements import filtered, ordered, page_of, paged
from .vocabulary import IdReader, Vocabulary, as_it_is, shown_types
from .windows import Position, Window

__all__ = [
    "ArgumentError",
    "ArgumentLimitError",
    "ArgumentLimits",
    "ArgumentsShape",
    "ConnectionShape",
    "CursorError",
    "Cursors",
    "FilterConfig",
    "IdReader",
    "KnownWindows",
    "OrderConfig",
    "OrderKey",
    "Ordering",
    "PageSizeError",
    "Position",
    "RowLimitError",
    "Scope",
    "Structure",
    "Visible",
    "Vocabulary",
    "Wanted",
    "Window",
    "Windows",
    "arguments_shape",
    "as_it_is",
    "asked_of",
    "beyond",
    "check_order_of_connection",
    "condition_of",
    "connection_shape",
    "filtered",
    "node_type_of",
    "order_key_of_another",
    "order_keys_of",
    "order_keys_of_statement",
    "ordered",
    "ordering_of",
    "page_of",
    "paged",
    "position_exists",
    "reads_of_connection",
    "refuse_arguments",
    "selected_of",
    "shown_types",
    "structure_of",
    "wanted_of",
    "window_in",
    "window_of",
    "with_names",
    "within",
]
