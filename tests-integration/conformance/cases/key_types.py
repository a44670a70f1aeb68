"""Keys that are no integers, and objects that are falsy or compare by value."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Dialect, ForeignKey, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from ..case import STRINGS, Case, Query, Type


class Code(TypeDecorator[str]):
    """Stored with a prefix that Python never sees."""

    impl = String(50)
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return None if value is None else f"code:{value}"

    def process_result_value(self, value: str | None, _dialect: Dialect) -> str | None:
        return None if value is None else value.removeprefix("code:")


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


class Account(Base):
    __tablename__ = "account"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    notes: Mapped[str]
    days: Mapped[list["Day"]] = relationship(back_populates="account")

    # Such a model is falsy, and no two of its objects are told apart.
    def __len__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Account)

    def __hash__(self) -> int:
        return 1


class Day(Base):
    __tablename__ = "day"
    on: Mapped[date] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Code, primary_key=True)
    hours: Mapped[int]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    category_code: Mapped[str | None] = mapped_column(Code, ForeignKey("category.code"))
    account: Mapped[Account] = relationship(back_populates="days")
    category: Mapped["Category | None"] = relationship(back_populates="days")


class Category(Base):
    __tablename__ = "category"
    code: Mapped[str] = mapped_column(Code, primary_key=True)
    title: Mapped[str]
    days: Mapped[list[Day]] = relationship(back_populates="category")


def seed(session: Session, generation: int) -> None:
    categories = [
        Category(code=f"{generation}{number}", title=f"category {number}")
        for number in range(2)
    ]
    for number in range(3):
        account = Account(
            id=UUID(int=generation * 100 + number), name=f"{number}", notes="long"
        )
        session.add(account)
        session.flush()
        session.add_all(
            Day(
                on=date(2026, generation, number + 1),
                code=f"{generation}{number}{day}",
                hours=day,
                account_id=account.id,
                category=categories[day] if day < 2 else None,
            )
            for day in range(number + 1)
        )
    session.flush()


def text(parent: Any, info: Any) -> str:
    """A date as GraphQL has it."""
    return str(parent.on)


CASES = [
    Case(
        mapping="keys of UUID, date and custom types",
        metadata=Base.metadata,
        seed=seed,
        types=[
            Type("Account", Account),
            Type("Day", Day, resolvers={"date": text}, requires={"date": ["on"]}),
            Type("Category", Category),
        ],
        sdl="""
            type Query {
                accounts: [Account!]!
                account(id: ID!): Account
                days(account_id: ID, category_code: ID): [Day!]!
                categories: [Category!]!
            }
            type Account { id: ID! name: String! notes: String! days: [Day!]! }
            type Day { date: String! hours: Int! account: Account! category: Category }
            type Category { code: ID! title: String! days: [Day!]! }
        """,
        queries=[
            Query("{ accounts { id name days { hours } } }", 2, unread=("notes",)),
            Query("{ days { date hours account { name } } }", 2, unread=("notes",)),
            Query(
                "query ($id: ID!) { account(id: $id) { name } }",
                1,
                variables={"id": "00000000-0000-0000-0000-000000000065"},
                fault="ID arguments have the type of their column",
                first={"name": "1"},
            ),
            Query("{ days { category { title days { account { id } } } } }", 4),
            Query(
                "query ($id: ID!) { account(id: $id) { name days { hours } } }",
                2,
                variables={"id": str(UUID(int=102))},
            ),
            Query(
                "query ($id: ID!) { days(account_id: $id) { account { name } } }",
                2,
                variables={"id": str(UUID(int=101))},
            ),
            Query('{ days(category_code: "10") { category { title } } }', 2),
        ],
    )
]
