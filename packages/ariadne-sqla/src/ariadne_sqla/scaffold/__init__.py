"""From models to a schema and bindables, to own from then on."""

from .app import files_of_app
from .enums import enum_in
from .fields import always_has_target
from .hierarchy import Hierarchy
from .mapped import mappers_in
from .reflected import imported, models_of, unmapped_in
from .sketch import FieldSketch, LeftOut, TypeSketch
from .sketcher import Scaffold, scaffold

__all__ = [
    "FieldSketch",
    "Hierarchy",
    "LeftOut",
    "Scaffold",
    "TypeSketch",
    "always_has_target",
    "enum_in",
    "files_of_app",
    "imported",
    "mappers_in",
    "models_of",
    "scaffold",
    "unmapped_in",
]
