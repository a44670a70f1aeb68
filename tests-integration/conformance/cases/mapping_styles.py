"""The same three tables, mapped in every style that SQLAlchemy has."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
)
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    Session,
    declarative_base,
    mapped_column,
    registry,
    relationship,
)

from ..case import STRINGS, Case, Query, Reflected, Type

SDL = """
    type Query { artists: [Artist!]! artist(id: ID!): Artist works: [Work!]! }
    type Artist { id: ID! name: String! biography: String! works: [Work!]! }
    type Work {
        id: ID! title: String! notes: String! artist: Artist! themes: [Theme!]!
    }
    type Theme { name: String! works: [Work!]! }
"""


def case(
    mapping: str,
    metadata: MetaData,
    models: Sequence[Any],
    aliases: Sequence[dict[str, str]] = ({}, {}, {}),
) -> Case:
    names = ("Artist", "Work", "Theme")
    tables = [metadata.tables[name] for name in ("artist", "work", "theme")]
    link = metadata.tables["work_theme"]

    def seed(session: Session, generation: int) -> None:
        # By way of the tables, which all styles have in common.
        artist, work, theme = tables
        start = generation * 100
        for number in range(3):
            session.execute(
                artist.insert().values(
                    id=start + number, name=f"artist {number}", biography="long"
                )
            )
            session.execute(
                theme.insert().values(id=start + number, name=f"theme {number}")
            )
        for number, (by, themes) in enumerate(((0, (0, 1)), (0, (1,)), (2, ()))):
            session.execute(
                work.insert().values(
                    id=start + number,
                    title=f"work {number}",
                    notes="long",
                    artist_id=start + by,
                )
            )
            for chosen in themes:
                session.execute(
                    link.insert().values(
                        work_id=start + number, theme_id=start + chosen
                    )
                )

    return Case(
        mapping=mapping,
        metadata=metadata,
        seed=seed,
        types=[
            Type(name, model, aliases=alias)
            for name, model, alias in zip(names, models, aliases, strict=True)
        ],
        sdl=SDL,
        queries=[
            Query("{ artists { name works { title } } }", 2, unread=("notes",)),
            Query("{ works { title artist { name } } }", 2, unread=("biography",)),
            Query("{ works { title themes { name works { id } } } }", 3),
            Query("{ artist(id: 102) { name works { artist { name } } } }", 3),
        ],
    )


def tables(metadata: MetaData) -> None:
    Table(
        "artist",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(50), nullable=False),
        Column("biography", String(50), nullable=False),
    )
    Table(
        "work",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("title", String(50), nullable=False),
        Column("notes", String(50), nullable=False),
        Column("artist_id", ForeignKey("artist.id"), nullable=False),
    )
    Table(
        "theme",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(50), nullable=False),
    )
    Table(
        "work_theme",
        metadata,
        Column("work_id", ForeignKey("work.id"), primary_key=True),
        Column("theme_id", ForeignKey("theme.id"), primary_key=True),
    )


def mapped() -> Case:
    class Base(DeclarativeBase):
        type_annotation_map = STRINGS

    link = Table(
        "work_theme",
        Base.metadata,
        Column("work_id", ForeignKey("work.id"), primary_key=True),
        Column("theme_id", ForeignKey("theme.id"), primary_key=True),
    )

    class Artist(Base):
        __tablename__ = "artist"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        biography: Mapped[str]
        works: Mapped[list["Work"]] = relationship(back_populates="artist")

    class Work(Base):
        __tablename__ = "work"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        notes: Mapped[str]
        artist_id: Mapped[int] = mapped_column(ForeignKey("artist.id"))
        artist: Mapped[Artist] = relationship(back_populates="works")
        themes: Mapped[list["Theme"]] = relationship(
            secondary=link, back_populates="works"
        )

    class Theme(Base):
        __tablename__ = "theme"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        works: Mapped[list[Work]] = relationship(
            secondary=link, back_populates="themes"
        )

    return case("2.0-style Mapped", Base.metadata, (Artist, Work, Theme))


def classic() -> Case:
    base: Any = declarative_base()

    link = Table(
        "work_theme",
        base.metadata,
        Column("work_id", ForeignKey("work.id"), primary_key=True),
        Column("theme_id", ForeignKey("theme.id"), primary_key=True),
    )

    class Artist(base):  # type: ignore[misc]  # what declarative_base gives is Any
        __tablename__ = "artist"
        id = Column(Integer, primary_key=True)
        name = Column(String(50))
        biography = Column(String(50))
        works = relationship("Work", backref="artist")

    class Work(base):  # type: ignore[misc]  # as above
        __tablename__ = "work"
        id = Column(Integer, primary_key=True)
        title = Column(String(50))
        notes = Column(String(50))
        artist_id = Column(Integer, ForeignKey("artist.id"))
        themes = relationship("Theme", secondary=link, backref="works")

    class Theme(base):  # type: ignore[misc]  # as above
        __tablename__ = "theme"
        id = Column(Integer, primary_key=True)
        name = Column(String(50))

    return case("1.x-style Column and backref", base.metadata, (Artist, Work, Theme))


def dataclasses() -> Case:
    """Dataclasses compare by value, and so have no hash."""

    class Base(MappedAsDataclass, DeclarativeBase):
        type_annotation_map = STRINGS

    link = Table(
        "work_theme",
        Base.metadata,
        Column("work_id", ForeignKey("work.id"), primary_key=True),
        Column("theme_id", ForeignKey("theme.id"), primary_key=True),
    )

    class Artist(Base):
        __tablename__ = "artist"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        biography: Mapped[str] = mapped_column(default="long")
        works: Mapped[list["Work"]] = relationship(
            default_factory=list, back_populates="artist"
        )

    class Work(Base):
        __tablename__ = "work"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        notes: Mapped[str]
        artist_id: Mapped[int] = mapped_column(ForeignKey("artist.id"), init=False)
        artist: Mapped[Artist] = relationship(back_populates="works")
        themes: Mapped[list["Theme"]] = relationship(
            default_factory=list, secondary=link, back_populates="works"
        )

    class Theme(Base):
        __tablename__ = "theme"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        works: Mapped[list[Work]] = relationship(
            default_factory=list, secondary=link, back_populates="themes"
        )

    return case("dataclass mappings", Base.metadata, (Artist, Work, Theme))


def imperative() -> Case:
    mapper_registry = registry()
    metadata = mapper_registry.metadata
    tables(metadata)

    @dataclass(eq=False)
    class Artist:
        id: int
        name: str
        biography: str
        works: list["Work"] = field(default_factory=list)

    class Work:
        artist: Artist

    class Theme:
        pass

    table = metadata.tables
    mapper_registry.map_imperatively(
        Artist,
        table["artist"],
        properties={"works": relationship(Work, back_populates="artist")},
    )
    mapper_registry.map_imperatively(
        Work,
        table["work"],
        properties={
            "artist": relationship(Artist, back_populates="works"),
            "themes": relationship(
                Theme, secondary=table["work_theme"], back_populates="works"
            ),
        },
    )
    mapper_registry.map_imperatively(
        Theme,
        table["theme"],
        properties={
            "works": relationship(
                Work, secondary=table["work_theme"], back_populates="themes"
            )
        },
    )
    return case("imperative mapping", metadata, (Artist, Work, Theme))


def automap(engine: Engine) -> Case:
    """Relationships by the names that automap finds for them."""
    created = MetaData()
    tables(created)
    created.create_all(engine)
    base: Any = automap_base()
    base.prepare(autoload_with=engine)
    classes = base.classes
    return case(
        "automap",
        base.metadata,
        (classes.artist, classes.work, classes.theme),
        (
            {"works": "work_collection"},
            {"themes": "theme_collection"},
            {"works": "work_collection"},
        ),
    )


def reflected(engine: Engine) -> Case:
    created = MetaData()
    tables(created)
    created.create_all(engine)

    class Base(DeclarativeBase):
        pass

    link = Table("work_theme", Base.metadata, autoload_with=engine)

    class Artist(Base):
        __table__ = Table("artist", Base.metadata, autoload_with=engine)
        works = relationship("Work", back_populates="artist")

    class Work(Base):
        __table__ = Table("work", Base.metadata, autoload_with=engine)
        artist = relationship(Artist, back_populates="works")
        themes = relationship("Theme", secondary=link, back_populates="works")

    class Theme(Base):
        __table__ = Table("theme", Base.metadata, autoload_with=engine)
        works = relationship(Work, secondary=link, back_populates="themes")

    return case("reflected tables", Base.metadata, (Artist, Work, Theme))


CASES = [
    mapped(),
    classic(),
    dataclasses(),
    imperative(),
    Reflected("automap", automap),
    Reflected("reflected tables", reflected),
]
