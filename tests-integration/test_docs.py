"""Every code block and every command of the documentation runs, or is checked.

A page is one program: its blocks run from top to bottom and share their names.

| block | what is done with it |
|---|---|
| any with `title="file"` | is written to that file, in the page's own folder |
| `python` | runs |
| `graphql` | is sent to the `app` or the `schema` that the page made last, or parses |
| `sh`, `console` | runs in the page's folder; `Shell` tells which commands don't |

Blocks after one of these are what it gives, and must be just that:

| block | |
|---|---|
| `text` | what was printed, or `Error: message` of what was raised |
| `json` | the answer (`title="Variables"`: what is sent with the operation) |
| `sql` | the statements that ran, with values in place of parameters |

With `UPDATE_DOCS=1` in the environment the pages are given the statements that ran.
"""

from __future__ import annotations

import ast
import asyncio
import hashlib
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from ariadne import graphql, graphql_sync
from graphql import GraphQLSchema, OperationDefinitionNode, parse
from sqlalchemy import Engine, __version__, create_engine
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session

from ariadne_sqla import (
    Route,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyExecutionContext,
    use_route,
)
from playground.gallery import EXAMPLES
from playground.prepare import prepare_database
from playground.schema import make_schema
from sqla_selection.testing import Statement, count_statements

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SNIPPETS = DOCS / "snippets"
DEPLOYMENT = DOCS / "guides/deployment.md"
TUTORIAL = DOCS / "tutorial.md"
PAGES = [
    *sorted(page for page in DOCS.rglob("*.md") if SNIPPETS not in page.parents),
    ROOT / "README.md",
    *sorted(ROOT.glob("packages/*/README.md")),
    ROOT / "benchmarks/README.md",
    ROOT / "playground/ui/README.md",
]
TIMEOUT = 60.0  # seconds, until a server listens or a command ends

# The statements of the pages are those of SQLAlchemy 2.1: 2.0 labels every column of a
# `selectinload` and joins one table more. Their number is the same.
SHOWS_THIS_SQL = tuple(map(int, __version__.split(".")[:2])) >= (2, 1)

UPDATES = bool(os.environ.get("UPDATE_DOCS"))

FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>```+) *(?P<language>\w*)(?P<options>[^\n]*)\n"
    r"(?P<text>.*?)^(?P=indent)(?P=fence) *$",
    re.MULTILINE | re.DOTALL,
)
# In a README, which is read as text too, commands are indented.
INDENTED = re.compile(r"(?<=\n\n)(?: {4}\S.*\n| {4} +\S.*\n)+")
SNIPPET = re.compile(r'^ *--8<-- "(.+)" *$', re.MULTILINE)
SKETCHES = {ROOT / "benchmarks/README.md"}
"""Pages whose Python leaves out what the reader writes: it must only compile."""
OTHER_PACKAGES = {
    "python-multipart",
    "aiosqlite",
    "asyncpg",
    "hatch",
    "httpx",
    "pytest",
    "uvicorn",
}
"""What the pages have their readers install beside this project's packages."""
HEADS = ("python", "graphql", "sh", "console")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    where: str
    """The file and the line, for messages."""
    line: int
    language: str
    title: str | None
    text: str


@dataclass(frozen=True)
class Step:
    """A block that does something, and the blocks that show what comes of it."""

    block: Block
    shown: list[Block] = field(default_factory=list)

    def one(self, language: str, title: str | None = None) -> Block | None:
        """Return what is shown in *language*, `None` if nothing is."""
        found = [
            block
            for block in self.shown
            if block.language == language and block.title == title
        ]
        assert len(found) <= 1, f"{found[1].where}: shown twice."
        return found[0] if found else None


def with_snippets(text: str) -> str:
    def included(match: re.Match[str]) -> str:
        return with_snippets((ROOT / match[1]).read_text())

    return SNIPPET.sub(included, text)


def blocks_of(page: Path) -> list[Block]:
    text = with_snippets(page.read_text())
    matches = list(FENCE.finditer(text))
    if page.name == "README.md":
        fenced = [match.span() for match in matches]
        matches += [
            match
            for match in INDENTED.finditer(text)
            if not any(start < match.start() < end for start, end in fenced)
        ]
    blocks = []
    for match in sorted(matches, key=lambda match: match.start()):
        line = text.count("\n", 0, match.start()) + 1
        groups = match.groupdict()
        title = re.search(r'title="(.+?)"', groups.get("options", ""))
        blocks.append(
            Block(
                f"{page.relative_to(ROOT)}:{line}",
                line,
                groups.get("language", "sh"),
                title[1] if title else None,
                textwrap.dedent(groups.get("text", match[0])),
            )
        )
    return blocks


def steps_of(page: Path) -> list[Step]:
    steps: list[Step] = []
    for block in blocks_of(page):
        is_file = block.title is not None and block.title != "Variables"
        if is_file or block.language in HEADS:
            steps.append(Step(block))
        else:
            assert block.language in ("text", "json", "sql"), (
                f"{block.where}: a block of {block.language or 'no language'!r}."
            )
            assert steps, f"{block.where}: there is nothing that it could show."
            steps[-1].shown.append(block)
    return steps


def with_values(sql: str, parameters: Any) -> str:
    """Return *sql* with literals in place of `?`."""
    if not isinstance(parameters, tuple):
        return sql
    values = iter(parameters)
    return re.sub(r"\?", lambda _: literal(next(values)), sql)


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return f"'{value}'" if isinstance(value, str) else repr(value)


def laid_out(statements: list[str]) -> str:
    """Return statements as the pages show them."""
    lines = [
        "\n".join(
            textwrap.fill(
                line.strip(),
                width=88,
                subsequent_indent="  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            for line in sql.strip().splitlines()
        )
        for sql in statements
    ]
    return "".join(f"{sql};\n\n" for sql in lines)[:-1]


def trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def one_line(sql: str) -> str:
    sql = " ".join(line.partition("--")[0] for line in sql.splitlines())
    return re.sub(r"(?<=\() | (?=\))", "", " ".join(sql.split()))


def is_for_others(block: Block) -> bool:
    """Tell whether *block* needs a package that is no part of this environment."""
    return any(
        re.search(rf"^(?:import|from) {name}\b", block.text, re.MULTILINE)
        and find_spec(name) is None
        for name in ("litestar", "opentelemetry", "strawberry")
    )


class Page:
    """One page, in a folder of its own."""

    def __init__(
        self, path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.path = path
        self.folder = folder
        self.monkeypatch = monkeypatch
        self._sent: Sequence[Statement] = ()
        self._sent_before = 0
        # Classes of the page are mapped: SQLAlchemy looks up their module.
        self.module = ModuleType(f"docs_{re.sub(r'[^a-z]', '_', path.stem.lower())}")
        self.shell = Shell(folder, monkeypatch)
        self.target: Any = None
        """What operations are sent to: an application or a schema."""

    @property
    def names(self) -> dict[str, Any]:
        return vars(self.module)

    @property
    def statements(self) -> list[str]:
        """What all engines have run since the step began."""
        return [
            with_values(statement.sql, statement.parameters)
            for statement in self._sent[self._sent_before :]
        ]

    def run(self) -> None:
        self.monkeypatch.chdir(self.folder)
        self.monkeypatch.syspath_prepend(self.folder)
        self.monkeypatch.setitem(sys.modules, self.module.__name__, self.module)
        with ExitStack() as stack:
            stack.callback(self._forget_files)
            stack.callback(self._dispose_engines)
            stack.callback(self.shell.stop)
            self._sent = stack.enter_context(count_statements(Engine))
            for step in steps_of(self.path):
                self._run(step)

    def _run(self, step: Step) -> None:
        block = step.block
        self._sent_before = len(self._sent)
        if block.title is not None:
            file = self.shell.folder / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text)
            # A file of this name may have been imported: it has changed.
            sys.modules.pop(file.stem, None)
            assert not step.shown, f"{block.where}: a file gives no answer."
        elif block.language == "python":
            self._run_python(step)
        elif block.language == "graphql":
            self._run_graphql(step)
        elif self.path == ROOT / "README.md" and block.text.startswith("curl"):
            pass  # it asks the playground: see test_readme.py
        elif block.language in ("sh", "console"):
            self.expect_sql(step, self.shell.run(step))

    def _run_python(self, step: Step) -> None:
        block = step.block
        if is_for_others(block):
            return
        # Empty lines before it, so that a traceback names the line of the page.
        source = "\n" * block.line + block.text
        code = compile(source, str(self.path), "exec", dont_inherit=True)
        if self.path in SKETCHES:
            return
        before = self.names.copy()
        raised = ""
        with redirect_stdout(io.StringIO()) as printed:
            try:
                exec(code, self.names)  # noqa: S102 - the project's own documentation
            except Exception as error:
                if step.one("text") is None:
                    raise
                raised = f"{type(error).__name__}: {error}"
        for name in ("schema", "app"):
            if self.names.get(name) is not before.get(name):
                self.target = self.names[name]
        said = trimmed(printed.getvalue() + raised)
        text, answer = step.one("text"), step.one("json")
        if answer is not None:
            assert_same_answer(json.loads(said), answer)
        else:
            shown = "" if text is None else trimmed(text.text)
            assert said == shown, f"{block.where} prints:\n{said}"
        self.expect_sql(step, self.statements)

    def _run_graphql(self, step: Step) -> None:
        block = step.block
        definitions = parse(block.text).definitions
        if not isinstance(definitions[0], OperationDefinitionNode):
            assert not step.shown, f"{block.where}: type definitions give no answer."
            return
        given = step.one("json", "Variables")
        body = self.ask(block.text, json.loads(given.text) if given else {})
        answer = step.one("json")
        if answer is not None:
            assert_same_answer(body, answer)
        else:
            assert "errors" not in body, f"{block.where}: {body['errors']}"
        self.expect_sql(step, self.statements)

    def ask(self, query: str, variables: dict[str, Any]) -> Any:
        """Send an operation to what the page has made so far."""
        data = {"query": query, "variables": variables}
        app = self.target
        if isinstance(app, GraphQLSchema):
            return self._execute(app, data)
        if len(signature(app).parameters) == len(("environ", "start_response")):
            with httpx.Client(transport=httpx.WSGITransport(app)) as client:
                return client.post("http://docs/graphql", json=data).json()

        async def send() -> Any:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(
                transport=transport, follow_redirects=True
            ) as client:
                return (await client.post("http://docs/graphql", json=data)).json()

        return asyncio.run(send())

    def _execute(self, schema: GraphQLSchema, data: dict[str, Any]) -> Any:
        session = self.names["SessionLocal"]()
        options: dict[str, Any] = {
            "context_value": {"session": session},
            "extensions": [SQLAlchemyDataLoaderExtension],
        }
        if not isinstance(session, AsyncSession):
            with session:
                return graphql_sync(schema, data, **options)[1]

        async def execute() -> Any:
            async with session:
                return (await graphql(schema, data, **options))[1]

        return asyncio.run(execute())

    def expect_sql(self, step: Step, statements: list[str]) -> None:
        shown = step.one("sql")
        if shown is None:
            return
        expected = [one_line(sql) for sql in shown.text.split(";") if one_line(sql)]
        actual = [one_line(sql) for sql in statements]
        if SHOWS_THIS_SQL and actual != expected and UPDATES:
            text = self.path.read_text()
            self.path.write_text(text.replace(shown.text, laid_out(statements), 1))
        elif SHOWS_THIS_SQL:
            assert actual == expected, "\n\n".join([shown.where, *statements])
        else:
            assert len(actual) == len(expected), "\n\n".join(statements)

    def _dispose_engines(self) -> None:
        modules = [self.module, *self._modules()]
        for value in [value for module in modules for value in vars(module).values()]:
            if isinstance(value, Engine):
                value.dispose()
            elif isinstance(value, AsyncEngine):
                asyncio.run(value.dispose())

    def _modules(self) -> list[ModuleType]:
        return [
            module
            for module in list(sys.modules.values())
            if str(getattr(module, "__file__", None)).startswith(str(self.folder))
        ]

    def _forget_files(self) -> None:
        for module in self._modules():
            del sys.modules[module.__name__]


def assert_same_answer(actual: Any, shown: Block) -> None:
    assert comparable(actual) == comparable(json.loads(shown.text)), (
        f"{shown.where} is:\n{json.dumps(actual, indent=2, ensure_ascii=False)}"
    )


def comparable(value: Any, key: str = "") -> Any:
    """Leave out what differs from run to run, and from one SQLite to another."""
    if isinstance(value, list):
        return type(value) if key == "explain" else [comparable(one) for one in value]
    if isinstance(value, dict):
        return {key: comparable(one, key) for key, one in value.items()}
    if key == "sql":
        return one_line(value) if SHOWS_THIS_SQL else str
    return type(value) if key == "duration_ms" else value


class Shell:
    """Runs the commands of a page.

    Only checked, as they would change the machine, need the network or run these very
    tests: `pip install` (the packages must be this project's or known here), `hatch`
    and `npm` (the script must be in hatch.toml or package.json), `export` (something
    must read the variable), and making a virtual environment.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.log = folder / "server.log"
        self._server: subprocess.Popen[bytes] | None = None
        self._address = ""

    def run(self, step: Step) -> list[str]:
        """Run the commands, and return the statements that the server ran for them."""
        logged = len(self.output())
        printed = ""
        for line in step.block.text.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            while words:
                end = words.index("&&") if "&&" in words else len(words)
                printed += self._run(words[:end], step.block.where)
                words = words[end + 1 :]
        answer, text = step.one("json"), step.one("text")
        if answer is not None:
            assert_same_answer(json.loads(printed), answer)
        elif text is not None:
            assert trimmed(printed) == trimmed(text.text), printed
        return statements_logged(self.output()[logged:])

    def _run(self, words: list[str], where: str) -> str:
        match words:
            case ["cd", folder]:
                self.folder /= folder
            case ["mkdir", folder]:
                (self.folder / folder).mkdir()
            case ["uvicorn", *arguments]:
                self._serve(["-m", "uvicorn", *arguments, "--port", "0"])
            case ["curl", *arguments]:
                arguments = [
                    one.replace("http://127.0.0.1:8000", self._address)
                    for one in arguments
                ]
                # uvicorn tells its address before its workers listen.
                retry = ("--retry", "30", "--retry-delay", "1", "--retry-connrefused")
                return self._output_of("curl", "-sS", *retry, *arguments)
            case [assignment, *command] if re.match(r"[A-Z_]+=", assignment):
                self.monkeypatch.setenv(*assignment.split("=", 1))
                return self._run(command, where)
            case ["ariadne-sqla", *arguments]:
                module = (sys.executable, "-m", "ariadne_sqla")
                return self._output_of(*module, *arguments, shows_all=True)
            case ["python", "-m", "venv", _] | [".", _]:
                pass
            case ["python", *arguments]:
                return self._output_of(sys.executable, *arguments)
            case ["pytest", *arguments]:
                self._output_of(sys.executable, "-m", "pytest", *arguments)
            case ["pip", "install", *requirements]:
                check_requirements(requirements, where)
            case ["hatch", *arguments]:
                check_hatch(arguments, where)
            case ["npm", *arguments]:
                check_npm(arguments, where)
            case ["export", assignment]:
                name, _, value = assignment.partition("=")
                check_variable(name, where)
                if name not in os.environ:  # else that of a test that has a server
                    self.monkeypatch.setenv(name, value)
            case _:
                pytest.fail(f"{where}: no test knows the command {shlex.join(words)}")
        return ""

    def _output_of(self, *command: str, shows_all: bool = False) -> str:
        process = subprocess.run(  # noqa: S603 - the documentation's own commands
            command,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        printed = process.stdout + process.stderr
        # The command line leaves with 1 where it has found something to show.
        assert process.returncode == 0 or (shows_all and process.returncode == 1), (
            printed
        )
        return printed if shows_all else process.stdout

    def _serve(self, arguments: list[str]) -> None:
        self.stop()
        with self.log.open("wb") as stream:
            self._server = subprocess.Popen(  # noqa: S603 - as above
                [sys.executable, *arguments],
                cwd=self.folder,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + TIMEOUT
        while not (started := re.search(r"running on (http\S+)", self.output())):
            assert self._server.poll() is None, self.output()
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.05)
        self._address = started[1]

    def output(self) -> str:
        """Return what the server has printed."""
        return self.log.read_text() if self._server else ""

    def stop(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            try:
                self._server.wait(TIMEOUT)
            finally:
                self._server.kill()
            self._server = None


LOG_LINE = re.compile(r"^\S+ \S+ INFO sqlalchemy\.engine\.Engine ", re.MULTILINE)


def statements_logged(output: str) -> list[str]:
    """Return the statements of an engine's log (`echo=True`), with their values."""
    statements = []
    sql = ""
    for message in LOG_LINE.split(output)[1:]:
        parameters = re.match(r"\[.*?\] (\(.*\))", message)
        if parameters is None:
            sql = message
        else:
            statements.append(with_values(sql, ast.literal_eval(parameters[1])))
    return statements


def check_requirements(requirements: list[str], where: str) -> None:
    for requirement in requirements:
        name, _, extra = requirement.rstrip("]").partition("[")
        if name in OTHER_PACKAGES:
            continue
        project = ROOT / "packages" / name / "pyproject.toml"
        assert project.is_file(), f"{where}: there is no package {name!r}."
        extras = toml(project)["project"].get("optional-dependencies", {})
        assert not extra or extra in extras, f"{where}: {name!r} has no {extra!r}."


def check_hatch(arguments: list[str], where: str) -> None:
    match arguments:
        case ["build", "--all"] | ["test", "--all"]:
            return
        case ["run", script, *_]:
            assert script in hatch_scripts(), f"{where}: there is no script {script!r}."
        case _:
            pytest.fail(f"{where}: hatch {shlex.join(arguments)} is not known here.")


@cache
def hatch_scripts() -> set[str]:
    environments = toml(ROOT / "hatch.toml")["envs"]

    def scripts_of(name: str) -> set[str]:
        environment = environments[name]
        scripts = set(environment.get("scripts", {}))
        template = environment.get("template", "default")
        if name == template or environment.get("detached"):
            return scripts
        return scripts | scripts_of(template)

    return scripts_of("default") | {
        f"{name}:{script}" for name in environments for script in scripts_of(name)
    }


def check_npm(arguments: list[str], where: str) -> None:
    match arguments:
        case ["ci"]:
            return
        case ["run", script]:
            package = json.loads((ROOT / "playground/ui/package.json").read_text())
            assert script in package["scripts"], f"{where}: no script {script!r}."
        case _:
            pytest.fail(f"{where}: npm {shlex.join(arguments)} is not known here.")


def check_variable(name: str, where: str) -> None:
    readers = [ROOT / "conftest.py", *DOCS.rglob("*.md")]
    assert any(f'"{name}"' in file.read_text() for file in readers), (
        f"{where}: nothing reads the variable {name}."
    )


def toml(file: Path) -> dict[str, Any]:
    # pytest brings tomli where Python has no tomllib.
    tomllib: Any = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    loaded: dict[str, Any] = tomllib.loads(file.read_text())
    return loaded


@pytest.mark.parametrize(
    "path",
    [path for path in PAGES if path != DEPLOYMENT],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_what_the_page_shows_is_so(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Page(path, tmp_path, monkeypatch).run()


@pytest.mark.parametrize("database", ["asyncpg"], indirect=True)
def test_what_the_page_on_deployment_shows_is_so(
    database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)
    Page(DEPLOYMENT, tmp_path, monkeypatch).run()


def test_the_guides_extend_the_application_of_the_tutorial() -> None:
    """What they show by the schema alone is shown of that application."""
    tutorial = {block.title: block.text for block in reversed(blocks_of(TUTORIAL))}
    snippet = blocks_of(SNIPPETS / "tutorial.md")

    assert [block.title for block in snippet] == ["models.py", "seed.py", "schema.py"]
    assert [block.text for block in snippet] == [
        tutorial[block.title] for block in snippet
    ]


def test_every_error_and_warning_is_in_the_index() -> None:
    """By its class, and the package that it is imported from."""
    text = (DOCS / "errors.md").read_text()
    told = dict(re.findall(r"^\| `(\w+Error)` \|.*\| `(\w+)` \|$", text, re.MULTILINE))
    warnings = re.findall(r"^\| `(\w+Warning)` \|", text, re.MULTILINE)
    told |= dict.fromkeys(warnings, "ariadne_sqla")
    exported = {
        name
        for package in ("sqla_selection", "sqla_loaders", "sqla_json", "ariadne_sqla")
        for name in import_module(package).__all__
        if name.endswith(("Error", "Warning"))
    }

    for name, package in told.items():
        assert hasattr(import_module(package), name), name
    assert exported - told.keys() == {"LoaderError", "SelectionError"}  # the roots


def test_each_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text().partition("\nnav:")[2]
    pages = {
        page.relative_to(DOCS).as_posix() for page in PAGES if DOCS in page.parents
    }

    assert {page for page in pages if f" {page}" not in navigation} == set()


@pytest.mark.parametrize(
    "source", sorted(DOCS.glob("diagrams/*.mmd")), ids=lambda path: path.stem
)
def test_each_diagram_is_rendered_from_its_source(source: Path) -> None:
    image = (DOCS / "assets/diagrams" / source.name).with_suffix(".svg").read_text()
    digest = hashlib.sha256(source.read_bytes()).hexdigest()

    assert digest in image, "Run `hatch run python docs/diagrams/render.py`."


def test_the_picture_of_the_first_page_counts_right(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'blog.sqlite3'}"
    prepare_database(url)
    engine = create_engine(url)
    (example,) = (one for one in EXAMPLES if one.title == "Everything at once")
    counts = []
    ways: list[tuple[Route, dict[str, Any]]] = [
        ("lazy", {}),
        ("fallback", {}),
        ("eager", {}),
        ("eager", {"execution_context_class": SQLAlchemyExecutionContext}),
    ]
    for route, options in ways:
        with (
            Session(engine) as session,
            use_route(route),
            count_statements(engine) as statements,
        ):
            success, answer = graphql_sync(
                make_schema(),
                {"query": example.query},
                context_value={"session": session},
                extensions=[SQLAlchemyDataLoaderExtension],
                **options,
            )
        assert success, answer["errors"]
        counts.append(f"{len(statements):,}")
    engine.dispose()

    picture = (DOCS / "assets/statements.svg").read_text()
    assert re.findall(r">([\d,]+)<", picture) == counts
    for page in ("index.md", "assets/statements.svg"):
        told = "{} with lazy loading, {} on the fallback, {} on the eager path, "
        told += "{} where it is the JSON"
        assert told.format(*counts) in (DOCS / page).read_text()
