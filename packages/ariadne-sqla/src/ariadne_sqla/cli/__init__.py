"""The commands `scaffold`, `check` and `verify`."""

from .group import commands

__all__ = ["commands"]
