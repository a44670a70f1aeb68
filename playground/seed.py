"""The rows of the seeded blog: the same for the same scale and seed, everywhere."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, func, insert, select

from . import words
from .models import Base
from .progress import Progress

Row = dict[str, Any]

USERS = 200
POSTS = 1_000
COMMENTS = 3_000
BATCH = 1_000  # rows per executemany

FOLLOWED_PER_USER = 8
SENTENCES_PER_PARAGRAPH = 4
COMMENTS_PER_NOTIFICATION = 3  # the author hears of every third comment
START = datetime(2024, 1, 1, 8)
MINUTES = 2 * 365 * 24 * 60  # the time that the blog covers


class TableRows(NamedTuple):
    """The rows of one table, made while they are read, and how many they are."""

    table: Table
    total: int
    rows: Iterator[Row]


class Blog:
    """Every row, table by table, in an order that satisfies the foreign keys.

    Each table draws from a random sequence of its own, so that a change to one
    leaves the others as they are.

    Args:
        scale: 1 gives 200 users, 1,000 posts and 3,000 comments; 10 ten times that.
        seed: Where the random sequences start.
    """

    def __init__(self, scale: int = 1, seed: int = 1) -> None:
        self.seed = seed
        self.users = USERS * scale
        self.posts = POSTS * scale
        self.comments = COMMENTS * scale
        rng = self._random("authors")
        # Squared, so that few authors write much and many write little.
        self.author_of = [
            1 + int(self.users * rng.random() ** 2) for _ in range(self.posts)
        ]
        rng = self._random("published")
        self.published = [post for post in self._post_ids() if rng.random() < 0.8]
        rng = self._random("commented posts")
        self.commented = [rng.choice(self.published) for _ in range(self.comments)]

    def tables(self) -> list[TableRows]:
        revisions = sum(self._revisions_of(post) for post in self._post_ids())
        kinds = self._kinds()
        per_table = [
            ("users", self.users, self._users()),
            ("tags", len(words.TAGS), self._tags()),
            ("posts", self.posts, self._posts()),
            ("follows", self.users * FOLLOWED_PER_USER, self._follows()),
            ("post_tags", sum(map(self._tags_of, self._post_ids())), self._post_tags()),
            ("comments", self.comments, self._comments()),
            ("post_revisions", revisions, self._revisions()),
            ("revision_notes", revisions, self._notes()),
            ("notifications", sum(map(len, kinds.values())), self._notifications()),
            *(
                (f"{kind}_notifications", len(ids), self._notifications_of(kind))
                for kind, ids in kinds.items()
            ),
        ]
        return [
            TableRows(Base.metadata.tables[name], total, rows)
            for name, total, rows in per_table
        ]

    def _random(self, name: str) -> Random:
        return Random(f"{self.seed} {name}")  # noqa: S311 - not for security

    def _post_ids(self) -> range:
        return range(1, self.posts + 1)

    def _users(self) -> Iterator[Row]:
        rng = self._random("users")
        for id_ in range(1, self.users + 1):
            first, last = rng.choice(words.FIRST_NAMES), rng.choice(words.LAST_NAMES)
            username = f"{slug(first)}.{slug(last)}.{id_}"
            yield {
                "id": id_,
                "username": username,
                "first_name": first,
                "last_name": last,
                "email": f"{username}@example.com",
                "bio": fill(rng, rng.choice(words.BIOS)),
                "joined_at": START - timedelta(days=rng.randrange(365)),
            }

    def _tags(self) -> Iterator[Row]:
        for id_, name in enumerate(words.TAGS, 1):
            yield {"id": id_, "name": name}

    def _posts(self) -> Iterator[Row]:
        rng = self._random("posts")
        published = set(self.published)
        for id_ in self._post_ids():
            topic = rng.choice(words.TOPICS)
            title = fill(rng, rng.choice(words.TITLES), topic)
            yield {
                "id": id_,
                "slug": f"{slug(title)}-{id_}",
                "title": title,
                "body": "\n\n".join(paragraphs(rng, topic)),
                "is_published": id_ in published,
                "published_at": self._published_at(id_) if id_ in published else None,
                "author_id": self.author_of[id_ - 1],
            }

    def _published_at(self, post: int) -> datetime:
        return START + timedelta(minutes=MINUTES * post // self.posts)

    def _follows(self) -> Iterator[Row]:
        rng = self._random("follows")
        for follower in range(1, self.users + 1):
            for other in rng.sample(range(1, self.users), FOLLOWED_PER_USER):
                # Nobody follows themselves: from their own number on, one further.
                followed = other + (other >= follower)
                yield {"follower_id": follower, "followed_id": followed}

    @staticmethod
    def _tags_of(post: int) -> int:
        return 1 + post % 4

    def _post_tags(self) -> Iterator[Row]:
        rng = self._random("post tags")
        tag_ids = range(1, len(words.TAGS) + 1)
        for post in self._post_ids():
            for tag in rng.sample(tag_ids, self._tags_of(post)):
                yield {"post_id": post, "tag_id": tag}

    def _comments(self) -> Iterator[Row]:
        rng = self._random("comments")
        last_on: dict[int, int] = {}
        for id_, post in enumerate(self.commented, 1):
            parent = last_on.get(post) if rng.random() < 0.3 else None
            last_on[post] = id_
            yield {
                "id": id_,
                "body": fill(rng, rng.choice(words.COMMENTS)),
                "created_at": self._commented_at(id_),
                "post_id": post,
                "author_id": rng.randint(1, self.users),
                "parent_id": parent,
            }

    def _commented_at(self, comment: int) -> datetime:
        """Return when; later comments on one post have higher ids, and later times."""
        after = timedelta(minutes=10 + 30 * 24 * 60 * comment // self.comments)
        return self._published_at(self.commented[comment - 1]) + after

    @staticmethod
    def _revisions_of(post: int) -> int:
        return post % 3

    def _revisions(self) -> Iterator[Row]:
        rng = self._random("revisions")
        for post in self._post_ids():
            for number in range(1, self._revisions_of(post) + 1):
                yield {
                    "post_id": post,
                    "number": number,
                    "title": fill(rng, rng.choice(words.TITLES)),
                    "created_at": self._published_at(post) - timedelta(days=5 - number),
                    "editor_id": rng.randint(1, self.users),
                }

    def _notes(self) -> Iterator[Row]:
        rng = self._random("notes")
        id_ = 0
        for post in self._post_ids():
            for number in range(1, self._revisions_of(post) + 1):
                id_ += 1
                yield {
                    "id": id_,
                    "post_id": post,
                    "revision_number": number,
                    "body": fill(rng, rng.choice(words.NOTES)),
                }

    def _kinds(self) -> dict[str, range]:
        """Return the ids of each kind of notification, one range after the other."""
        announced = self.users * len(words.ANNOUNCEMENTS)
        commented = announced + self.comments // COMMENTS_PER_NOTIFICATION
        return {
            "announcement": range(1, announced + 1),
            "comment": range(announced + 1, commented + 1),
            "follow": range(commented + 1, commented + self.users + 1),
        }

    def _notifications(self) -> Iterator[Row]:
        kinds = self._kinds()
        for index, id_ in enumerate(kinds["announcement"]):
            yield {
                "id": id_,
                "kind": "announcement",
                "created_at": START,
                "recipient_id": index % self.users + 1,
            }
        for index, id_ in enumerate(kinds["comment"]):
            comment = COMMENTS_PER_NOTIFICATION * index + 1
            yield {
                "id": id_,
                "kind": "comment",
                "created_at": self._commented_at(comment),
                "recipient_id": self.author_of[self.commented[comment - 1] - 1],
            }
        for id_, follow in self._first_follows():
            yield {
                "id": id_,
                "kind": "follow",
                "created_at": START,
                "recipient_id": follow["followed_id"],
            }

    def _notifications_of(self, kind: str) -> Iterator[Row]:
        ids = self._kinds()[kind]
        if kind == "announcement":
            for index, id_ in enumerate(ids):
                message = words.ANNOUNCEMENTS[index // self.users]
                yield {"id": id_, "message": message}
        elif kind == "comment":
            for index, id_ in enumerate(ids):
                comment = COMMENTS_PER_NOTIFICATION * index + 1
                yield {"id": id_, "comment_id": comment}
        else:
            for id_, follow in self._first_follows():
                yield {"id": id_, "follower_id": follow["follower_id"]}

    def _first_follows(self) -> Iterator[tuple[int, Row]]:
        """Return who each user followed first, with the notification's id."""
        first = islice(self._follows(), 0, None, FOLLOWED_PER_USER)
        return zip(self._kinds()["follow"], first, strict=True)


def fill(rng: Random, pattern: str, topic: str | None = None) -> str:
    """Return the pattern with its topic and its name put in, and a capital first."""
    name = f"{rng.choice(words.FIRST_NAMES)} {rng.choice(words.LAST_NAMES)}"
    filled = pattern.format(topic=topic or rng.choice(words.TOPICS), name=name)
    return filled[0].upper() + filled[1:]


def paragraphs(rng: Random, topic: str) -> Iterator[str]:
    """Yield the paragraphs of a post, in which no sentence comes twice."""
    sentences = rng.sample(words.SENTENCES, rng.randint(6, len(words.SENTENCES)))
    for start in range(0, len(sentences), SENTENCES_PER_PARAGRAPH):
        paragraph = sentences[start : start + SENTENCES_PER_PARAGRAPH]
        yield " ".join(fill(rng, sentence, topic) for sentence in paragraph)


def slug(text: str) -> str:
    """Return the text in small ASCII letters, digits and hyphens."""
    text = text.translate(str.maketrans("øŁł\u0131", "oLli"))  # NFKD keeps these
    ascii_ = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_.lower()).strip("-")


def insert_blog(connection: Connection, blog: Blog) -> None:
    """Insert every row, in batches, with a progress bar; the caller commits."""
    tables = blog.tables()
    progress = Progress("Seeding", sum(rows.total for rows in tables))
    for table, _, rows in tables:
        while batch := list(islice(rows, BATCH)):
            connection.execute(insert(table), batch)
            progress.advance(len(batch))
    if connection.dialect.name == "postgresql":
        advance_sequences(connection)


def advance_sequences(connection: Connection) -> None:
    """Let PostgreSQL number new rows after those that were inserted with their ids."""
    for table in Base.metadata.sorted_tables:
        if "id" in table.c:
            # No sequence, as for an id that is a foreign key, gives NULL: no effect.
            sequence = func.pg_get_serial_sequence(table.name, "id")
            last = select(func.max(table.c.id)).scalar_subquery()
            connection.execute(select(func.setval(sequence, last)))
