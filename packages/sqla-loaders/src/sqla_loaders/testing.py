"""`sqla_selection.testing`, under the name that it had here first."""

from sqla_selection.testing import Statement, Statements, count_statements

__all__ = ["Statement", "Statements", "count_statements"]
