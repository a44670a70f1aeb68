"""Turn a GraphQL selection into a plan of what to load, and into loader options."""

from .__about__ import __version__
from .config import DepthLimit, LoadStrategy, TypeConfig
from .eager import auto_eager_load
from .errors import (
    ConfigurationError,
    DepthLimitError,
    FragmentCycleError,
    HiddenFieldError,
    PolicyError,
    QueryTooLargeError,
    SelectionError,
    SelectionPathError,
)
from .field_rules import FieldRules
from .field_visibility import FieldVisibility
from .load_plan import FieldPlan, LoadPlan, RelationshipPlan
from .options import with_options
from .planner import plan
from .policies import Policies, Policy, VisibleIf, public
from .remembered_plans import lookahead
from .selection import SelectedField, Selection, collect
from .type_registry import TypeRegistry
from .visibility import Visibility

__all__ = [
    "ConfigurationError",
    "DepthLimit",
    "DepthLimitError",
    "FieldPlan",
    "FieldRules",
    "FieldVisibility",
    "FragmentCycleError",
    "HiddenFieldError",
    "LoadPlan",
    "LoadStrategy",
    "Policies",
    "Policy",
    "PolicyError",
    "QueryTooLargeError",
    "RelationshipPlan",
    "SelectedField",
    "Selection",
    "SelectionError",
    "SelectionPathError",
    "TypeConfig",
    "TypeRegistry",
    "Visibility",
    "VisibleIf",
    "__version__",
    "auto_eager_load",
    "collect",
    "lookahead",
    "plan",
    "public",
    "with_options",
]
