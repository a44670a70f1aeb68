"""`ariadne-sqla check`: what does not fit between a schema and its models."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from graphql import GraphQLSchema

from sqla_selection import ConfigurationError

from ..check import CODES, Finding, check_schema, finding_of
from .targets import engine_of, object_at

__all__ = ["check_command"]


@click.command("check")
@click.argument("target")
@click.option(
    "--silence",
    multiple=True,
    metavar="CODE[:COORDINATE]",
    help="Leave findings out, as unbounded-list:Query.countries. * in a coordinate "
    "stands for anything.",
)
@click.option("--database", metavar="URL", help="Compare with its tables, too.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How findings are printed.",
)
@click.pass_context
def check_command(
    context: click.Context,
    target: str,
    silence: tuple[str, ...],
    database: str | None,
    format_: str,
) -> None:
    """Find what does not fit between a schema and the models that it is bound to.

    TARGET is an executable schema, or a function that makes it. The command leaves
    with 1 if there are findings, with 2 if it could not look.

    \b
    Codes:
      configuration          the schema cannot be made
      drift                  schema, models and database have moved apart
      enum-mismatch          an enum has other values than its column
      foreign-key-index      no index leads the foreign key of a collection
      filter-index           no index leads a column that clients filter by
      nullable-column        a non-null field reads a column that may be NULL
      nullable-relationship  a non-null field reads what may have no row
      order-index            no index leads a column that clients order by
      scalar-mismatch        a scalar cannot give what the column holds
      unanswered-field       a root field has no resolver
      unbounded-list         nothing says how many rows a list has at most
      unknown-argument       nothing reads an argument
      unplanned-code         code answers, and nothing says what it reads
      unused-silence         what is silenced is not there

    \b
    Examples:
      ariadne-sqla check app:schema
      ariadne-sqla check app.schema:make_schema --format json
      ariadne-sqla check app:schema --silence 'unbounded-list:Query.*'
      ariadne-sqla check app:schema --database postgresql:///shop
    """  # noqa: D301 - click's mark for lines that it leaves as they are
    findings = _findings(target, silence, database)
    if format_ == "json":
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            _print(finding)
        kinds = len({finding.code for finding in findings})
        summary = f"{_number(len(findings), 'finding')} of {_number(kinds, 'kind')}."
        if not findings:
            summary = f"Nothing found, of {len(CODES)} kinds."
        click.secho(summary, fg="red" if findings else "green", bold=True)
    context.exit(1 if findings else 0)


def _findings(
    target: str, silence: tuple[str, ...], database: str | None
) -> list[Finding]:
    try:
        schema = object_at(target)
    except click.BadParameter as error:
        if isinstance(error.__cause__, ConfigurationError):
            return [finding_of(error.__cause__)]
        raise
    if not isinstance(schema, GraphQLSchema):
        msg = (
            f"{target!r} is a {type(schema).__name__}, and no GraphQLSchema. Name what "
            "`make_executable_schema` returns, as app:schema."
        )
        raise click.BadParameter(msg)
    engine = None if database is None else engine_of(database)
    try:
        return check_schema(schema, silence=silence, engine=engine)
    finally:
        if engine is not None:
            engine.dispose()


def _number(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _print(finding: Finding) -> None:
    head = click.style(finding.where or "(the schema)", bold=True)
    code = click.style(finding.code, fg="yellow")
    click.echo(f"{head}  {code}")
    for text in (finding.why, finding.fix):
        click.echo(click.wrap_text(text, 88, "    ", "    "))
    click.echo()
