"""A schema against its models, before anybody asks it anything."""

from .checker import assert_no_findings, check_schema, finding_of
from .findings import CODES, Code, Finding
from .schema_fields import BoundField, bound_fields

__all__ = [
    "CODES",
    "BoundField",
    "Code",
    "Finding",
    "assert_no_findings",
    "bound_fields",
    "check_schema",
    "finding_of",
]
