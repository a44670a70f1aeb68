"""The group of commands, and what all of them share."""

from __future__ import annotations

import os

import click

from ..__about__ import __version__
from .checking import check_command
from .scaffolding import scaffold_command
from .verifying import verify_command

__all__ = ["commands"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ariadne-sqla")
@click.pass_context
def commands(context: click.Context) -> None:
    """GraphQL over SQLAlchemy models: make a schema, check it, prove it.

    \b
    Examples:
      ariadne-sqla scaffold models:Base
      ariadne-sqla scaffold sqlite:///shop.db --app shop
      ariadne-sqla check app:schema
      ariadne-sqla verify models:Base

    A TARGET is a module or a name in one, as `app.models:Base`, looked for in the
    current folder first. Colours are for terminals, and not where NO_COLOR is set.
    """  # noqa: D301 - click's mark for lines that it leaves as they are
    if os.environ.get("NO_COLOR"):
        context.color = False


commands.add_command(scaffold_command)
commands.add_command(check_command)
commands.add_command(verify_command)
