import subprocess
import sys
from textwrap import dedent

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from .blog import Base, Post, User

pytest.importorskip("click")

from click.testing import CliRunner

from ariadne_sqla.cli import commands

MODELS = dedent("""
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase): ...

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)
        password: Mapped[str]
""")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)

    def run(*arguments, code=0):
        result = CliRunner().invoke(commands, arguments)
        assert result.exit_code == code, (result.output, result.exception)
        return result

    yield run
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def shop(tmp_path):
    """A database and nothing else."""
    engine = create_engine(f"sqlite:///{tmp_path}/shop.db")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(User(name="Ada", posts=[Post(title="One"), Post(title="Two")]))
        session.commit()
    engine.dispose()


def test_scaffold_prints_the_schema_and_the_bindables(run, tmp_path):
    (tmp_path / "models_1.py").write_text(MODELS)

    result = run("scaffold", "models_1:Base")

    assert "type User {\n  id: ID!\n}" in result.stdout
    assert "from models_1 import User" in result.stdout
    assert result.stderr == "left out: User.password looks like a secret\n"


def test_scaffold_prints_one_of_the_two(run, tmp_path):
    (tmp_path / "models_1.py").write_text(MODELS)

    assert run("scaffold", "models_1", "--only", "sdl").stdout.startswith("type Query")
    printed = run("scaffold", "models_1", "--only", "bindables").stdout
    assert printed.startswith('"""Binds')


def test_an_application_is_made_of_a_database_and_its_test_passes(run, tmp_path, shop):
    pytest.importorskip("sqlacodegen")

    printed = run("scaffold", "sqlite:///shop.db", "--app", "shop").stdout

    files = ["app.py", "bindables.py", "models.py", "schema.graphql", "test_app.py"]
    assert sorted(file.name for file in (tmp_path / "shop").iterdir()) == files
    assert "cd shop && DEBUG=1 uvicorn app:app" in printed
    process = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path / "shop",
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout
    assert "1 passed" in process.stdout


def test_tables_and_views_that_no_class_maps_are_told(run, tmp_path, shop):
    pytest.importorskip("sqlacodegen")
    engine = create_engine(f"sqlite:///{tmp_path}/shop.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE audit_log (line TEXT)"))
        connection.execute(text("CREATE VIEW names AS SELECT 1 AS one"))
    engine.dispose()

    result = run("scaffold", "sqlite:///shop.db")

    assert result.stderr == (
        "left out: audit_log has no primary key\nleft out: names is a view\n"
    )


def test_a_folder_with_files_is_left_as_it_is(run, tmp_path, shop):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "mine").touch()

    result = run("scaffold", "sqlite:///shop.db", "--app", "shop", code=2)

    assert "shop has files in it already: name a new folder." in result.stderr
    assert [file.name for file in (tmp_path / "shop").iterdir()] == ["mine"]


def test_no_password_is_written(run, tmp_path):
    from sqlalchemy import make_url

    from ariadne_sqla.scaffold import files_of_app, scaffold

    url = make_url("postgresql://ann:open-sesame@localhost/shop")
    files = files_of_app(scaffold(Base), url=url)

    assert "open-sesame" not in "".join(files.values())
    assert 'create_engine(os.environ["DATABASE_URL"])' in files["app.py"]


@pytest.mark.parametrize(
    ("target", "messages"),
    [
        ("nowhere:Base", ["no module 'nowhere'", "It was looked for in"]),
        ("models_1.py:Base", ["A module is named without its ending: 'models_1'."]),
        ("lib.db", ["For a database of SQLite, write 'sqlite:///lib.db'."]),
        ("models_1:Bse", ["models_1.py) has no 'Bse'. Did you mean 'Base'"]),
        ("models_1.Base", ["is named after a colon: 'models_1:Base'."]),
        ("broken", ["importing it raises ZeroDivisionError", "broken.py, line 1)"]),
        ("leaving", ["importing it raises SystemExit: 3", "leaving.py, line 1)"]),
        ("models_1:make", ["calling it raises TypeError: make() missing 1 required"]),
        ("nothing", ["The module 'nothing' maps no class."]),
        ("sqlite:///nowhere.db", ["There is no file", "nowhere.db"]),
        ("sqlite3:///x.db", ["is no URL of a database"]),
    ],
)
def test_an_error_says_what_was_looked_for_and_where(run, tmp_path, target, messages):
    (tmp_path / "models_1.py").write_text(f"{MODELS}\ndef make(base): ...\n")
    (tmp_path / "broken.py").write_text("1 / 0")
    (tmp_path / "leaving.py").write_text("raise SystemExit(3)")
    (tmp_path / "nothing.py").touch()
    (tmp_path / "lib.db").touch()

    result = CliRunner().invoke(commands, ["scaffold", target])

    assert result.exit_code in (1, 2)
    for message in messages:
        assert message in " ".join(result.stderr.split())


def test_the_module_is_the_command(tmp_path):
    process = subprocess.run(
        [sys.executable, "-m", "ariadne_sqla", "scaffold", "--help"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )

    assert "Usage: ariadne-sqla scaffold [OPTIONS] TARGET" in process.stdout
    assert "ariadne-sqla scaffold sqlite:///shop.db --app shop" in process.stdout


SCHEMA = dedent("""
    from ariadne import make_executable_schema
    from ariadne_sqla import SQLAlchemyObjectType, SQLAlchemyQueryType
    from models_1 import User

    SDL = "type Query { user(id: ID!): User users: [User] } type User { id: ID }"

    def make(type_defs=SDL):
        user = SQLAlchemyObjectType("User", User)
        return make_executable_schema(type_defs, SQLAlchemyQueryType([user]), user)

    schema = make()
""")


@pytest.fixture
def application(tmp_path):
    (tmp_path / "models_1.py").write_text(MODELS)
    (tmp_path / "application.py").write_text(SCHEMA)


def test_check_leaves_with_1_if_it_finds_something(run, application):
    found = run("check", "application:schema", code=1).stdout

    assert found.startswith("Query.users  unbounded-list\n    ")
    assert found.endswith("\n1 finding of 1 kind.\n")


def test_check_leaves_with_0_if_all_is_silenced(run, application):
    silenced = ("--silence", "unbounded-list:Query.*")

    assert run("check", "application:make", *silenced).stdout == (
        "Nothing found, of 14 kinds.\n"
    )


def test_check_prints_json(run, application):
    import json

    printed = run("check", "application:schema", "--format", "json", code=1).stdout

    [finding] = json.loads(printed)
    assert finding["code"] == "unbounded-list"
    assert finding["coordinate"] == "Query.users"
    assert set(finding) == {
        "code",
        "coordinate",
        "why",
        "fix",
        "statement",
        "also",
    }


def test_check_tells_why_a_schema_cannot_be_made(run, application, tmp_path):
    wrong = SCHEMA.replace("id: ID!", "ident: ID!")
    (tmp_path / "application.py").write_text(wrong)

    found = run("check", "application:schema", code=1).stdout

    assert found.startswith("Query.user(ident:)  unknown-argument\n")


def test_check_tells_why_a_function_cannot_make_a_schema(run, application, tmp_path):
    later = SCHEMA.replace("id: ID!", "ident: ID!").replace("schema = make()", "")
    (tmp_path / "application.py").write_text(later)

    found = run("check", "application:make", code=1).stdout

    assert found.startswith("Query.user(ident:)  unknown-argument\n")


def test_the_help_of_check_lists_all_codes(run):
    from ariadne_sqla.check import CODES

    help_text = run("check", "--help").stdout
    listed = help_text.partition("Codes:\n")[2].partition("\n\n")[0]

    assert {line.split()[0] for line in listed.splitlines()} == {*CODES}


def test_colours_are_left_out_where_nobody_wants_them(run, application, monkeypatch):
    def printed():
        asked = ["check", "application:schema"]
        return CliRunner().invoke(commands, asked, color=True).stdout

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert printed().startswith("\x1b[1mQuery.users\x1b[0m  \x1b[33munbounded-list")

    monkeypatch.setenv("NO_COLOR", "1")
    assert printed().startswith("Query.users  unbounded-list\n")


def test_check_says_what_it_wants(run, application):
    error = run("check", "models_1:User", code=2).stderr

    assert "'models_1:User' is a DeclarativeAttributeIntercept" in error


def test_verify_prints_what_was_compared(run, tmp_path):
    (tmp_path / "models_1.py").write_text(MODELS)

    printed = run("verify", "models_1:Base", "--thorough").stdout

    assert printed.startswith("1 classes, 10 rows, ")
    assert printed.endswith(" answers compared with lazy loading, 0 differences.\n")


LYING = """
class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship()

    @property
    def writer(self):
        return "by {.user.id}".format(self)
"""


def test_verify_leaves_with_1_and_the_smallest_query(run, tmp_path):
    imports = "from sqlalchemy import ForeignKey\n"
    orm = MODELS.replace("mapped_column\n", "mapped_column, relationship\n", 1)
    (tmp_path / "models_1.py").write_text(imports + orm + LYING)

    printed = run("verify", "models_1", code=1).stdout

    assert "n+1, eager, graphql_sync\n" in printed
    assert "    { rows: eager_Post { __typename writer } }\n" in printed
    assert " statements, the last: SELECT users.id" in printed
