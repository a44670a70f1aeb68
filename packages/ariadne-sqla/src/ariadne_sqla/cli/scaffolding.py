"""`ariadne-sqla scaffold`: prints a schema, or writes the files of an application."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from sqla_selection import ConfigurationError

from ..scaffold import (
    LeftOut,
    Scaffold,
    files_of_app,
    imported,
    models_of,
    scaffold,
    unmapped_in,
)
from .targets import engine_of, is_url, object_at

__all__ = ["scaffold_command"]


@click.command("scaffold")
@click.argument("target")
@click.option(
    "--types",
    multiple=True,
    metavar="CLASS",
    help="Show this class, and others named so. All, where none is.",
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="NAME",
    help="Leave out a class, or an attribute as User.email. * stands for anything.",
)
@click.option("--snake-case", is_flag=True, help="Keep the case of attributes.")
@click.option(
    "--connections", is_flag=True, help="Show lists as Relay connections, too."
)
@click.option(
    "--only",
    type=click.Choice(["sdl", "bindables"]),
    help="Print one of the two.",
)
@click.option(
    "--app",
    "folder",
    type=click.Path(path_type=Path),
    help="Write an application that runs into this new folder.",
)
@click.option("--database", metavar="URL", help="The database of the application.")
def scaffold_command(
    target: str,
    types: tuple[str, ...],
    exclude: tuple[str, ...],
    snake_case: bool,
    connections: bool,
    only: str | None,
    folder: Path | None,
    database: str | None,
) -> None:
    """Print a schema for models, and the Python that binds it: yours from then on.

    TARGET is where the models are (a declarative or automap base, a registry, a
    module), or the URL of a database, whose tables are mapped first. Columns that look
    like secrets are left out; what is left out is told on stderr.

    \b
    Examples:
      ariadne-sqla scaffold models:Base > scaffold.txt
      ariadne-sqla scaffold models:Base --only sdl --exclude 'Audit*'
      ariadne-sqla scaffold models --types User --types Post --connections
      ariadne-sqla scaffold sqlite:///shop.db --app shop
    """  # noqa: D301 - click's mark for lines that it leaves as they are
    url = target if is_url(target) else database
    engine = engine_of(url) if url is not None else None
    if folder is not None and folder.exists() and any(folder.iterdir()):
        msg = f"{folder} has files in it already: name a new folder."
        raise click.BadParameter(msg)
    with _models(target, engine) as (models, text):
        made = _made(
            models,
            types=types,
            exclude=exclude,
            camel_case=not snake_case,
            connections=connections,
            base=target,
        )
        _tell_left_out(made.left_out)
        if folder is None:
            _print(made, only)
        else:
            files = files_of_app(
                made, url=None if engine is None else engine.url, models=text
            )
            _write(folder, files, has_url=engine is not None)
    if engine is not None:
        engine.dispose()


@contextmanager
def _models(target: str, engine: Engine | None) -> Iterator[tuple[Any, str | None]]:
    """Give the models of *target*, and the module that has to be written for them."""
    if not is_url(target):
        yield object_at(target), None
        return
    assert engine is not None
    try:
        text = models_of(engine)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    with imported(text, "models") as module:
        _tell_left_out(unmapped_in(engine, module))
        yield module, text


def _made(models: Any, **options: Any) -> Scaffold:
    try:
        return scaffold(models, **options)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error


def _tell_left_out(left_out: Iterable[LeftOut]) -> None:
    for one in left_out:
        click.secho(f"left out: {one.where} {one.why}", err=True, fg="yellow")


def _print(made: Scaffold, only: str | None) -> None:
    if only != "bindables":
        click.echo(made.sdl if only else f"# schema.graphql\n\n{made.sdl}")
    if only != "sdl":
        click.echo(made.bindables if only else f"# bindables.py\n\n{made.bindables}")


def _write(folder: Path, files: dict[str, str], *, has_url: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
        click.echo(f"wrote {folder / name}")
    url = "" if has_url else " DATABASE_URL=…"
    click.echo("\nServe it, and open http://127.0.0.1:8000:\n")
    click.secho(f"    cd {folder} &&{url} DEBUG=1 uvicorn app:app", bold=True)
