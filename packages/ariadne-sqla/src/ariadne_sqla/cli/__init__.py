"""The commands `scaffold`, `check` and `verify`."""

from .commands import commands

__all__ = ["commands"]
