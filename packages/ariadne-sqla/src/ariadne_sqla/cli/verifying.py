"""`ariadne-sqla verify`: the proof on one's own models."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import Any

import click

from sqla_selection import ConfigurationError

from ..verify import Difference, Verification, verify
from .targets import engine_of, object_at

__all__ = ["verify_command"]


@click.command("verify")
@click.argument("target")
@click.option("--database", metavar="URL", help="Ask on its rows, which are only read.")
@click.option(
    "--exclude",
    multiple=True,
    metavar="NAME",
    help="Leave out a class, or a field as User.email. * stands for anything.",
)
@click.option(
    "--seconds", default=60.0, show_default=True, help="When to stop at the latest."
)
@click.option(
    "--seed", default=1, show_default=True, help="Make other rows and queries."
)
@click.option("--thorough", is_flag=True, help="Ask each query in every way.")
@click.option("--brief", is_flag=True, help="Ask for everything once, and no trees.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How the result is printed.",
)
@click.option("-v", "--verbose", is_flag=True, help="Tell what was not asked, and why.")
@click.pass_context
def verify_command(
    context: click.Context,
    /,
    target: str,
    database: str | None,
    format_: str,
    verbose: bool,
    **options: Any,
) -> None:
    """Ask queries in every way, and compare each answer with that of lazy loading.

    TARGET is where models are, as for scaffold, or an executable schema. Without
    --database, rows are made in a SQLite file that is gone afterwards; with it, the
    database is told to refuse writes. A difference is printed as the smallest query
    that shows it, with both answers; so are statements that grow with the rows.

    The command leaves with 1 if there are any, with 2 if it could not look.

    \b
    Examples:
      ariadne-sqla verify models:Base
      ariadne-sqla verify app:schema --seconds 300 --thorough
      ariadne-sqla verify models:Base --database postgresql:///shop --verbose
    """  # noqa: D301 - click's mark for lines that it leaves as they are
    subject = object_at(target)
    engine = None if database is None else engine_of(database)
    try:
        show = _show_progress if _is_shown() else None
        result = verify(subject, engine=engine, progress=show, **options)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    finally:
        if engine is not None:
            engine.dispose()
    if format_ == "json":
        click.echo(json.dumps(asdict(result), indent=2))
    else:
        _print(result, verbose=verbose)
    context.exit(0 if result.is_proven else 1)


def _is_shown() -> bool:
    """Tell whether somebody watches, on a terminal that can write over a line."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _show_progress(type_name: str, queries: int) -> None:
    """Write over one line of the terminal."""
    click.echo(f"\r\x1b[K{queries:,} queries, now {type_name}", nl=False, err=True)


def _print(result: Verification, *, verbose: bool) -> None:
    if _is_shown():
        click.echo("\r\x1b[K", nl=False, err=True)
    for difference in result.differences:
        _print_difference(difference)
    if verbose:
        for one in result.not_asked:
            click.secho(f"not asked: {one.where} {one.why}", fg="yellow")
    elif result.not_asked:
        click.secho(
            f"{len(result.not_asked)} things were not asked: see --verbose.",
            fg="yellow",
        )
    found = f"{len(result.differences)} differences"
    click.secho(
        f"{result.classes} classes, {result.rows:,} rows, {result.queries:,} queries: "
        f"{result.answers:,} answers compared with lazy loading, {found}.",
        fg="green" if result.is_proven else "red",
        bold=True,
    )


def _print_difference(difference: Difference) -> None:
    click.secho(f"{difference.kind}, {difference.way}", fg="red", bold=True)
    click.echo(f"    {difference.query}")
    click.echo(f"    got:  {difference.got}")
    click.echo(f"    want: {difference.want}\n")
