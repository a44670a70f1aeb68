"""Turn a GraphQL selection into a plan of what to load, and into loader options."""

from .__about__ import __version__
from .config import DepthLimit, LoadStrategy, TypeConfig
from .eager import auto_eager_load
from .errors import (
    ConfigurationError,
    DepthLimitError,
    FragmentCycleError,
    QueryTooLargeError,
    SelectionError,
    SelectionPathError,
)
from .lookahead import lookahead
from .options import with_options
from .plan import FieldPlan, LoadPlan, RelationshipPlan
from .planner import plan
from .selection import SelectedField, Selection, collect
from .type_registry import TypeRegistry

__all__ = [
    "ConfigurationError",
    "DepthLimit",
    "DepthLimitError",
    "FieldPlan",
    "FragmentCycleError",
    "LoadPlan",
    "LoadStrategy",
    "QueryTooLargeError",
    "RelationshipPlan",
    "SelectedField",
    "Selection",
    "SelectionError",
    "SelectionPathError",
    "TypeConfig",
    "TypeRegistry",
    "__version__",
    "auto_eager_load",
    "collect",
    "lookahead",
    "plan",
    "with_options",
]
