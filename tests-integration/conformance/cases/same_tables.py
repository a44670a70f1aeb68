"""Several relationships between the same two tables."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from ..case import STRINGS, Case, Query, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


class Team(Base):
    __tablename__ = "team"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    motto: Mapped[str]
    home_games: Mapped[list["Game"]] = relationship(
        back_populates="home", foreign_keys="Game.home_id"
    )
    away_games: Mapped[list["Game"]] = relationship(
        back_populates="away", foreign_keys="Game.away_id"
    )


class Game(Base):
    __tablename__ = "game"
    id: Mapped[int] = mapped_column(primary_key=True)
    score: Mapped[str]
    home_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    away_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    home: Mapped[Team] = relationship(back_populates="home_games", foreign_keys=home_id)
    away: Mapped[Team] = relationship(back_populates="away_games", foreign_keys=away_id)


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    teams = [
        Team(id=start + number, name=f"team {number}", motto="long")
        for number in range(3)
    ]
    session.add_all(
        Game(
            id=start + number,
            score=f"{number}:0",
            home=teams[home],
            away=teams[away],
        )
        for number, (home, away) in enumerate(((0, 1), (1, 0), (0, 2)))
    )


CASES = [
    Case(
        mapping="several between the same tables",
        metadata=Base.metadata,
        seed=seed,
        types=[
            Type("Team", Team, aliases={"visits": "away_games"}),
            Type("Game", Game, aliases={"host": "home"}),
        ],
        sdl="""
            type Query { teams: [Team!]! games: [Game!]! }
            type Team {
                name: String! motto: String!
                home_games: [Game!]! away_games: [Game!]! visits: [Game!]!
            }
            type Game { score: String! home: Team! away: Team! host: Team! }
        """,
        queries=[
            Query("{ games { score home { name } away { name } } }", 3),
            Query("{ games { home { name } host { motto } away { name } } }", 3),
            Query(
                "{ teams { home_games { score away { name } }"
                " away_games { score home { name } } } }",
                5,
                unread=("motto",),
            ),
            Query("{ teams { name visits { score host { name } } } }", 3),
        ],
    )
]
