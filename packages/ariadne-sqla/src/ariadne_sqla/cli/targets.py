"""What somebody writes on the command line → what it names.

A target is a module, `module:attribute`, or the URL of a database.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from inspect import isfunction
from pathlib import Path
from traceback import extract_tb
from typing import Any

from click import BadParameter
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from sqla_selection.errors import suggest

__all__ = ["engine_of", "is_url", "object_at"]


def is_url(target: str) -> bool:
    """Tell whether *target* is the URL of a database."""
    return "://" in target


def object_at(target: str) -> Any:
    """Return what `"package.module:attribute"` names; a module without a colon.

    A function is called: it makes what is wanted. Modules are looked for in the
    current folder first.

    Raises:
        BadParameter: It is not there, fails to import, or is a function that fails.
    """
    module_name, _, path = target.partition(":")
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    _check_is_there(module_name)
    try:
        found: Any = import_module(module_name)
    except (Exception, SystemExit) as error:
        msg = f"{module_name!r} was found, but importing it raises {_told(error)}"
        raise BadParameter(msg) from error
    for name in filter(None, path.removesuffix("()").split(".")):
        if not hasattr(found, name):
            where = f"{module_name!r} ({getattr(found, '__file__', found)})"
            msg = f"{where} has no {name!r}.{suggest(name, vars(found))}"
            raise BadParameter(msg)
        found = getattr(found, name)
    if not isfunction(found):
        return found
    try:
        return found()
    except (Exception, SystemExit) as error:
        msg = f"{target!r} is a function, but calling it raises {_told(error)}"
        raise BadParameter(msg) from error


def engine_of(url: str) -> Engine:
    """Return an engine for the database at *url*, which answers.

    Raises:
        BadParameter: It is no URL, its driver is missing, or nothing answers there.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            path = Path(parsed.database)
            if parsed.database != ":memory:" and not path.exists():
                msg = f"There is no file {str(path.absolute())!r}."
                raise BadParameter(msg)
        engine = create_engine(parsed)
        with engine.connect():
            pass
    except (ArgumentError, NoSuchModuleError) as error:
        msg = f"{url!r} is no URL of a database: {error}"
        raise BadParameter(msg) from error
    except ImportError as error:
        msg = f"The driver that {url!r} names is not installed: {error}"
        raise BadParameter(msg) from error
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        msg = f"No database answers at {parsed!r}: {reason}"
        raise BadParameter(msg) from error
    return engine


def _told(error: BaseException) -> str:
    """Return what is wrong, and on which line it was met."""
    text = f"{type(error).__name__}: {error}"
    frames = extract_tb(error.__traceback__)[1:]  # the first one is of this module
    lines = [one for one in frames if not one.filename.startswith("<")]
    if not lines or isinstance(error, SyntaxError):
        return text
    return f"{text} ({lines[-1].filename}, line {lines[-1].lineno})"


def _check_is_there(module_name: str) -> None:
    if not _is_there(module_name):
        msg = (
            f"There is no module {module_name!r}. It was looked for in {Path.cwd()} "
            f"and where {sys.executable} has its packages."
        )
        if module_name.endswith(".py"):
            name = module_name.removesuffix(".py").replace("/", ".")
            msg += f" A module is named without its ending: {name!r}."
        elif "." in module_name and _is_there(module_name.rpartition(".")[0]):
            above, _, name = module_name.rpartition(".")
            msg += f" What a module has is named after a colon: '{above}:{name}'."
        elif Path(module_name).is_file():
            msg += f" For a database of SQLite, write 'sqlite:///{module_name}'."
        raise BadParameter(msg)


def _is_there(module_name: str) -> bool:
    try:
        return bool(module_name) and find_spec(module_name) is not None
    except (ImportError, ValueError):
        return False
