"""One model with all of the families: for generated queries and for load."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ariadne import InterfaceType, UnionType
from sqlalchemy import Column, ForeignKey, Integer, String, Table, and_, func, select
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.ext.orderinglist import ordering_list
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    WriteOnlyMapped,
    attribute_keyed_dict,
    column_property,
    configure_mappers,
    foreign,
    mapped_column,
    relationship,
    remote,
    synonym,
)

from ..case import STRINGS, Case, Query, Root, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


follow = Table(
    "follow",
    Base.metadata,
    Column("from_id", ForeignKey("person.PERSON_ID"), primary_key=True),
    Column("a_to_id", ForeignKey("person.PERSON_ID"), primary_key=True),
)
favourite = Table(
    "favourite",
    Base.metadata,
    Column("person_id", ForeignKey("person.PERSON_ID"), primary_key=True),
    Column("media_id", ForeignKey("media.id"), primary_key=True),
)
media_tag = Table(
    "media_tag",
    Base.metadata,
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
    Column("media_id", ForeignKey("media.id"), primary_key=True),
    Column("weight", Integer, nullable=False),
)
source = Table(
    "source",
    Base.metadata,
    Column("article_id", ForeignKey("article.id"), primary_key=True),
    Column("source_id", ForeignKey("article.id"), primary_key=True),
)


class City(Base):
    __tablename__ = "city"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    country: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    mayor: Mapped[str]
    people: Mapped[list["Person"]] = relationship(
        primaryjoin=lambda: and_(
            City.country == foreign(Person.city_country),
            City.number == foreign(Person.city_number),
        ),
        back_populates="city",
    )
    landmarks: Mapped[dict[str, "Landmark"]] = relationship(
        primaryjoin=lambda: and_(
            City.number == foreign(Landmark.number),
            City.country == foreign(Landmark.country),
        ),
        collection_class=attribute_keyed_dict("kind"),
        order_by="Landmark.id",
        back_populates="city",
    )


class Landmark(Base):
    __tablename__ = "landmark"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    height: Mapped[int]
    number: Mapped[int]
    country: Mapped[str]
    city: Mapped[City | None] = relationship(
        primaryjoin=lambda: and_(
            remote(City.number) == foreign(Landmark.number),
            remote(City.country) == foreign(Landmark.country),
        ),
        back_populates="landmarks",
    )


class Person(Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column("PERSON_ID", primary_key=True)
    name: Mapped[str] = mapped_column("SURNAME")
    surname: Mapped[str] = mapped_column("NAME")
    letter: Mapped[str] = mapped_column(deferred=True)
    # No constraint, and half of it may be NULL.
    city_number: Mapped[int | None]
    city_country: Mapped[str | None]
    mentor_id: Mapped[int | None] = mapped_column(ForeignKey("person.PERSON_ID"))
    city: Mapped[City | None] = relationship(
        primaryjoin=lambda: and_(
            remote(City.country) == foreign(Person.city_country),
            remote(City.number) == foreign(Person.city_number),
        ),
        back_populates="people",
    )
    mentor: Mapped["Person | None"] = relationship(
        remote_side=id, back_populates="pupils"
    )
    pupils: Mapped[list["Person"]] = relationship(back_populates="mentor")
    follows: Mapped[list["Person"]] = relationship(
        secondary=follow,
        primaryjoin=id == follow.c.from_id,
        secondaryjoin=id == follow.c.a_to_id,
        back_populates="followers",
    )
    followers: Mapped[list["Person"]] = relationship(
        secondary=follow,
        primaryjoin=id == follow.c.a_to_id,
        secondaryjoin=id == follow.c.from_id,
        back_populates="follows",
        order_by=id.desc(),
    )
    media: Mapped[list["Media"]] = relationship(
        back_populates="author", order_by="Media.stars.desc(), Media.id"
    )
    favourites: Mapped[set["Media"]] = relationship(secondary=favourite)
    notes: Mapped[list["Note"]] = relationship(
        back_populates="person", order_by="Note.position"
    )
    comments: WriteOnlyMapped["Comment"] = relationship(
        order_by="Comment.text, Comment.id", back_populates="author"
    )

    nick = synonym("name")
    initials: Mapped[str] = column_property(
        func.substr(name, 1, 1, type_=String) + func.substr(surname, 1, 1, type_=String)
    )
    favourite_titles: AssociationProxy[list[str]] = association_proxy(
        "favourites", "title"
    )
    noted: AssociationProxy[list["Media"]] = association_proxy("notes", "media")
    town: AssociationProxy[str | None] = association_proxy("city", "name")

    @hybrid_property
    def label(self) -> str:
        return self.name + " " + self.surname

    @property
    def shout(self) -> str:
        return self.surname.upper()

    @property
    def line(self) -> str:
        return f"{self.name} of {self.city.name if self.city else 'nowhere'}"


class Media(Base):
    __tablename__ = "media"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    title: Mapped[str]
    stars: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.PERSON_ID"))
    author: Mapped[Person | None] = relationship(back_populates="media")
    tags: Mapped[list["Tag"]] = relationship(
        secondary=media_tag, order_by=(media_tag.c.weight, media_tag.c.tag_id)
    )
    comments: Mapped[list["Comment"]] = relationship(
        back_populates="media",
        order_by="Comment.position, Comment.id",
        collection_class=ordering_list("position"),
    )
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_abstract": True}


class Article(Media):
    __tablename__ = "article"
    id: Mapped[int] = mapped_column(ForeignKey("media.id"), primary_key=True)
    words: Mapped[int]
    body: Mapped[str] = mapped_column(deferred=True)
    sources: Mapped[list["Article"]] = relationship(
        secondary=source,
        primaryjoin=lambda: Article.id == source.c.article_id,
        secondaryjoin=lambda: Article.id == source.c.source_id,
    )
    __mapper_args__ = {"polymorphic_identity": "article"}


class Video(Media):
    """In the table of its base."""

    seconds: Mapped[int | None]
    sequel_id: Mapped[int | None] = mapped_column(ForeignKey("media.id"))
    sequel: Mapped["Video | None"] = relationship(
        remote_side=Media.id, foreign_keys=sequel_id
    )
    __mapper_args__ = {"polymorphic_identity": "video"}


class Note(Base):
    __tablename__ = "note"
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.PERSON_ID"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    person: Mapped[Person] = relationship(back_populates="notes")
    media: Mapped[Media] = relationship()


class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    media: Mapped[list[Media]] = relationship(secondary=media_tag, viewonly=True)
    best: Mapped[list[Media]] = relationship(
        secondary=media_tag,
        secondaryjoin=lambda: and_(
            Media.id == media_tag.c.media_id, Media.stars > media_tag.c.weight
        ),
        order_by=lambda: Media.id.desc(),
        viewonly=True,
    )
    before: Mapped[list["Tag"]] = relationship(
        primaryjoin=lambda: remote(foreign(Tag.name)) < Tag.name,
        order_by=lambda: Tag.id,
        viewonly=True,
    )


class Comment(Base):
    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    position: Mapped[int]
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.PERSON_ID"))
    media: Mapped[Media] = relationship(back_populates="comments")
    author: Mapped[Person | None] = relationship(back_populates="comments")


configure_mappers()

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""The rows of each table, by the keys of its columns."""


def insert(session: Session, rows: Rows) -> None:
    for table in Base.metadata.sorted_tables:
        if rows.get(table.name):
            session.execute(table.insert(), list(rows[table.name]))


def rows_of(generation: int) -> Rows:
    first = generation * 100
    numbers = range(first, first + 4)
    return {
        "city": [
            {"number": n, "country": c, "name": f"city {n}{c}", "mayor": f"mayor {n}"}
            for n in numbers[:2]
            for c in "ab"
        ],
        "landmark": [
            {
                "id": n * 10 + k,
                "kind": "tower" if k else "bridge",
                "height": n + k,
                "number": n,
                "country": "ab"[k % 2],
            }
            for n in numbers[:2]
            for k in range(3)
        ],
        "person": [
            {
                "PERSON_ID": n,
                "SURNAME": f"name {n}",
                "NAME": f"surname {n}",
                "letter": f"letter {n}",
                "city_number": n if n % 4 != 3 else None,
                "city_country": "a",
                "mentor_id": n - 1 if n > first else None,
            }
            for n in numbers
        ],
        "follow": [{"from_id": a, "a_to_id": b} for a, b in pairwise(numbers)],
        "media": [
            {
                "id": n,
                "kind": "article" if n % 2 else "video",
                "title": f"title {n}",
                "stars": n % 4,
                "author_id": numbers[n % 3],
                "seconds": None if n % 2 else n,
                "sequel_id": None if n % 2 or n == first else n - 2,
            }
            for n in range(first, first + 6)
        ],
        "article": [
            {"id": n, "words": n, "body": f"body {n}"}
            for n in range(first + 1, first + 6, 2)
        ],
        "source": [
            {"article_id": first + 1, "source_id": first + 3},
            {"article_id": first + 3, "source_id": first + 3},
        ],
        "favourite": [
            {"person_id": n, "media_id": first + (n + k) % 6}
            for n in numbers
            for k in range(2)
        ],
        "tag": [{"id": n, "name": f"tag {generation}{n % 4}"} for n in numbers],
        "media_tag": [
            {"tag_id": first + k, "media_id": n, "weight": (n + k) % 3}
            for n in range(first, first + 6)
            for k in range(2)
        ],
        "note": [
            {"person_id": n, "position": k, "text": f"{k}", "media_id": first + n % 3}
            for n in numbers
            for k in range(2)
        ],
        "comment": [
            {
                "id": n * 10 + k,
                "text": f"text {k}",
                "position": k,
                "media_id": n,
                "author_id": numbers[k] if k else None,
            }
            for n in range(first, first + 6)
            for k in range(3)
        ],
    }


def seed(session: Session, generation: int) -> None:
    insert(session, rows_of(generation))


SDL = """
    type Query {
        people: [Person!]! person(id: ID!): Person cities: [City!]! tags: [Tag!]!
        media: [Media!]! articles: [Article!]! videos: [Video!]! comments: [Comment!]!
        notes: [Note!]!
    }
    type City {
        name: String! mayor: String! people: [Person!]! landmarks: [Landmark!]!
    }
    type Landmark { kind: String! height: Int! city: City }
    type Person {
        id: ID! name: String! surname: String! letter: String!
        nick: String! initials: String! label: String! shout: String! line: String!
        favouriteTitles: [String!]! town: String
        city: City mentor: Person pupils: [Person!]!
        follows: [Person!]! followers: [Person!]!
        media: [Media!]! found: [Found!]! favourites: [Media!]! noted: [Media!]!
        notes: [Note!]! comments: [Comment!]!
    }
    interface Media {
        id: ID! title: String! stars: Int! author: Person
        tags: [Tag!]! comments: [Comment!]!
    }
    type Article implements Media {
        id: ID! title: String! stars: Int! author: Person
        tags: [Tag!]! comments: [Comment!]!
        words: Int! body: String! sources: [Article!]!
    }
    type Video implements Media {
        id: ID! title: String! stars: Int! author: Person
        tags: [Tag!]! comments: [Comment!]!
        seconds: Int sequel: Video
    }
    union Found = Article | Video
    type Note { text: String! person: Person! media: Media! }
    type Tag { name: String! media: [Media!]! best: [Media!]! before: [Tag!]! }
    type Comment { text: String! position: Int! media: Media! author: Person }
"""


def type_name(instance: Any, *_: Any) -> str:
    """The GraphQL type has the name of the class."""
    return type(instance).__name__


def case(mapping: str, *queries: Query) -> Case:
    return Case(
        mapping=mapping,
        metadata=Base.metadata,
        seed=seed,
        types=[
            Type("City", City),
            Type("Landmark", Landmark),
            Type(
                "Person",
                Person,
                aliases={"found": "media"},
                requires={"line": ["name", "city.name"], "shout": ["surname"]},
            ),
            Type("Article", Article, ordered=False),
            Type("Video", Video, ordered=False),
            Type("Note", Note),
            Type("Tag", Tag),
            Type("Comment", Comment),
        ],
        sdl=SDL,
        queries=queries,
        roots={"media": Root(lambda: select(Media).order_by(Media.id))},
        bindables=[
            InterfaceType("Media", type_name),
            UnionType("Found", type_name),
        ],
    )


CASES = [
    case(
        "all of the above at once",
        Query(
            "{ people { label initials nick town line shout favouriteTitles"
            " city { name landmarks { kind height } } mentor { letter }"
            " follows { name followers { label } } } }",
            # town, line and city read the same city.
            8,
            9,
        ),
        Query(
            "{ people { noted { title ... on Article { words body } }"
            " found { ... on Video { seconds sequel { title } } }"
            " favourites { tags { name best { title } } comments { text } }"
            " comments { text author { name } } } }",
            15,
        ),
        Query(
            "{ media { __typename title author { label } tags { name before { name } }"
            " ... on Article { words body sources { words } } }"
            " tags { media { id } } }",
            9,
        ),
    )
]
