"""A schema against its models, before anybody asks it anything."""

from .checker import assert_no_findings, check_schema, finding_of
from .findings import CODES, Code, Finding

__all__ = [
    "CODES",
    "Code",
    "Finding",
    "assert_no_findings",
    "check_schema",
    "finding_of",
]
