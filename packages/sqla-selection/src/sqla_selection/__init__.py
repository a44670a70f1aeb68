"""Turn a GraphQL selection into a plan of what to load, and into loader options."""

from .__about__ import __version__
from .cache import PlanCache
from .config import DepthLimit, LoadStrategy, TypeConfig, TypeRegistry
from .errors import (
    ConfigurationError,
    DepthLimitError,
    FragmentCycleError,
    QueryTooLargeError,
    SelectionError,
    SelectionPathError,
)
from .lookahead import lookahead
from .options import auto_eager_load, options_for, with_options
from .plan import LoadPlan, RelationshipPlan
from .planner import plan
from .selection import SelectedField, Selection, collect

__all__ = [
    "ConfigurationError",
    "DepthLimit",
    "DepthLimitError",
    "FragmentCycleError",
    "LoadPlan",
    "LoadStrategy",
    "PlanCache",
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
    "options_for",
    "plan",
    "with_options",
]
