"""What the page on the architecture says is so: its names and its walks.

What its tables say is looked at in `test_import_graph`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from ariadne import MutationType, QueryType, graphql_sync, make_executable_schema
from graphql import parse
from sqlalchemy import Engine, ForeignKey, StaticPool, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from ariadne_sqla import (
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
)

PACKAGES = ("sqla_selection", "sqla_loaders", "sqla_json", "ariadne_sqla")
ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/architecture.md").read_text()


def section(heading: str) -> str:
    """Return what is below a heading of the page, to the next one of its level."""
    level = heading.partition(" ")[0]
    assert f"\n{heading}\n" in PAGE
    return PAGE.partition(f"\n{heading}\n")[2].partition(f"\n{level} ")[0]


NAME = re.compile(r"`((?:arguments\.)?[a-z_]+(?:\.\w+)+)`")


def names_on_page() -> list[str]:
    return [
        name
        for name in dict.fromkeys(NAME.findall(PAGE))
        if not name.endswith((".py", ".md"))
    ]


def modules_of(package: str) -> list[str]:
    folder = ROOT / "packages" / package.replace("_", "-") / "src" / package
    return [
        ".".join(file.relative_to(folder).with_suffix("").parts)
        for file in folder.rglob("*.py")
        if not file.stem.startswith("__")
    ]


def exists(name: str) -> bool:
    """Tell whether a package has `module.attribute`, of any depth."""
    package, _, rest = name.partition(".")
    if package in PACKAGES:
        return exists_in(package, rest) or find_spec(name) is not None
    return any(exists_in(package, name) for package in PACKAGES)


def exists_in(package: str, name: str) -> bool:
    for module in modules_of(package):
        if name.startswith(f"{module}."):
            found: Any = import_module(f"{package}.{module}")
            for part in name.removeprefix(f"{module}.").split("."):
                found = getattr(found, part, None)
            if found is not None:
                return True
    return False


@pytest.mark.parametrize("name", names_on_page())
def test_what_the_page_names_exists(name: str) -> None:
    assert exists(name)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    posts: Mapped[list[Post]] = relationship(back_populates="author")


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")


TYPES = """
    type Query { posts: [Post!]! latest: [User!]! }
    type Mutation { rename(id: Int!, name: String!): Renamed }
    type Renamed { user: User! }
    type User { name: String! posts: [Post!]! }
    type Post { title: String! author: User! }
"""


def latest(_: Any, info: Any) -> Any:
    return info.context["session"].scalars(select(User)).all()


def rename(_: Any, info: Any, id: int, name: str) -> Any:
    session = info.context["session"]
    user = session.get_one(User, id)
    user.name = name
    session.commit()
    return {"user": user}


class Walker:
    """Sees which functions of the packages are called, and who waits at statements."""

    def __init__(self) -> None:
        self.called: list[str] = []
        """The functions, by their first call."""
        self.rooms: list[list[str]] = []
        """The modules on the stack at each statement, from the first one entered."""

    def __call__(self, frame: FrameType, happened: str, _: Any) -> None:
        module = room_of(frame)
        if happened == "call" and module:
            name = f"{module}.{frame.f_code.co_name}"
            if name not in self.called:
                self.called.append(name)

    def at_statement(self, *_: Any) -> None:
        frame: FrameType | None = sys._getframe()
        stack = []
        while frame is not None:
            stack.append(room_of(frame))
            frame = frame.f_back
        self.rooms.append(list(dict.fromkeys(filter(None, reversed(stack)))))


def room_of(frame: FrameType) -> str:
    """Return the module of *frame* without its package, nothing if it is no room."""
    package, _, module = frame.f_globals.get("__name__", "").partition(".")
    return module if package in PACKAGES else ""


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(User(name="Ada", posts=[Post(title="One"), Post(title="Two")]))
        session.commit()
    yield engine
    engine.dispose()


def walk(query: str, engine: Engine) -> tuple[Any, Walker]:
    """Return the answer to the first request of a server, and what it walked."""
    types = [SQLAlchemyObjectType("User", User), SQLAlchemyObjectType("Post", Post)]
    own, mutation = QueryType(), MutationType()
    own.set_field("latest", latest)
    mutation.set_field("rename", rename)
    root = SQLAlchemyQueryType(types)
    schema = make_executable_schema(TYPES, own, mutation, root, *types)
    walker = Walker()
    event.listen(engine, "before_cursor_execute", walker.at_statement)
    return watched(walker, engine, schema, query), walker


def watched(
    watch: Walker | Steps, engine: Engine, schema: Any, query: str, **options: Any
) -> Any:
    """Return the answer to one request, whose calls *watch* is told of."""
    with Session(engine) as session:
        sys.setprofile(watch)
        try:
            success, answer = graphql_sync(
                schema,
                {"query": query},
                context_value={"session": session},
                extensions=[SQLAlchemyDataLoaderExtension],
                **options,
            )
        finally:
            sys.setprofile(None)
    assert success, answer["errors"]
    return answer["data"]


@pytest.mark.parametrize(
    ("heading", "query", "data", "statements"),
    [
        (
            "### A root field's list",
            "{ posts { title author { name } } }",
            {
                "posts": [
                    {"title": "One", "author": {"name": "Ada"}},
                    {"title": "Two", "author": {"name": "Ada"}},
                ]
            },
            1,
        ),
        (
            "### A relationship below a resolver of your own",
            "{ latest { name posts { title } } }",
            {
                "latest": [
                    {"name": "Ada", "posts": [{"title": "One"}, {"title": "Two"}]}
                ]
            },
            2,
        ),
        (
            "### A mutation's payload",
            'mutation { rename(id: 1, name: "x") { user { name } } }',
            {"rename": {"user": {"name": "x"}}},
            3,
        ),
    ],
    ids=["root field", "own resolver", "mutation"],
)
def test_a_walk_goes_as_the_page_says(
    heading: str, query: str, data: Any, statements: int, engine: Engine
) -> None:
    text = section(heading)
    assert query in text
    rooms = re.findall(r"^\d+\. `(\w+)\.", text, re.MULTILINE)
    asked = re.findall(r"^    - `(\w+)\.([\w.]+)`", text, re.MULTILINE)
    functions = [f"{room}.{name.rpartition('.')[2]}" for room, name in asked]

    answer, walker = walk(query, engine)

    assert answer == data
    assert len(walker.rooms) == statements
    assert walker.rooms[-1] == rooms
    assert [name for name in walker.called if name in functions] == functions
    # No room is met twice.
    met = [*rooms, *(room for room, _ in asked)]
    assert sorted(met) == sorted(set(met))


class Steps:
    """Notes each call from one room to another below the resolver of a root field."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self._root: FrameType | None = None

    def __call__(self, frame: FrameType, happened: str, _: Any) -> None:
        room, name = room_of(frame), frame.f_code.co_name
        if frame is self._root and happened == "return":
            self._root = None
        elif happened == "call" and (room, name) == ("executors", "resolve"):
            self._root = frame
        elif happened == "call" and room and self._root is not None:
            caller = frame.f_back
            while caller is not None and not room_of(caller):
                caller = caller.f_back
            if caller is not None and room_of(caller) != room:
                self.taken.append(f"{room_of(caller)} -> {room}.{name}")


def test_a_list_takes_few_steps_between_rooms(engine: Engine) -> None:
    """In a warmed server, from the field's resolver to its value.

    A fact that is asked twice on the way is two steps.
    """
    query = "{ posts { title author { name } } }"
    types = [SQLAlchemyObjectType("User", User), SQLAlchemyObjectType("Post", Post)]
    root, document = SQLAlchemyQueryType(types), parse(query)
    schema = make_executable_schema(TYPES, root, *types)
    for _ in range(3):
        steps = Steps()
        watched(steps, engine, schema, query, query_parser=lambda *_: document)

    assert len(steps.taken) <= 48, "\n".join(steps.taken)
