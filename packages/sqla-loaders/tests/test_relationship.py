# ruff: noqa: RUF012  # a dict is what SQLAlchemy takes as __mapper_args__

from types import SimpleNamespace

import pytest
from sqlalchemy import (
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
    TypeDecorator,
    and_,
    inspect,
    select,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    foreign,
    mapped_column,
    relationship,
    with_loader_criteria,
)

from sqla_loaders import ParentKeyError
from sqla_loaders.gate import targets_of
from sqla_loaders.limits import keys_per_statement
from sqla_loaders.relationship import RelationshipQuery
from sqla_loaders.terms import NO_TERMS, Terms
from sqla_loaders.testing import count_statements
from sqla_selection import LoadPlan


class Base(DeclarativeBase):
    pass


post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
    Column("kind", String, default="normal"),
)

marks = Table(
    "marks",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id")),
    Column("tag_id", ForeignKey("tags.id")),
)

friends = Table(
    "friends",
    Base.metadata,
    Column("user_id", ForeignKey("users.user_id"), primary_key=True),
    Column("friend_id", ForeignKey("users.user_id"), primary_key=True),
)


class User(Base):
    __tablename__ = "users"

    # The attribute has another name than the column.
    id: Mapped[int] = mapped_column("user_id", primary_key=True)
    name: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.title.desc()"
    )
    friends: Mapped[list["User"]] = relationship(
        secondary=friends,
        primaryjoin=lambda: User.id == friends.c.user_id,
        secondaryjoin=lambda: User.id == friends.c.friend_id,
        order_by="User.id",
    )
    published: Mapped[list["Post"]] = relationship(
        primaryjoin=lambda: and_(User.id == Post.writer_id, Post.is_published),
        order_by="Post.id",
        viewonly=True,
    )
    named_like: Mapped[list["Post"]] = relationship(
        primaryjoin=lambda: foreign(Post.title).like(User.name + "%"),
        order_by="Post.id",
        viewonly=True,
    )


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    is_published: Mapped[bool] = mapped_column(default=True)
    writer_id: Mapped[int | None] = mapped_column("author", ForeignKey("users.user_id"))
    author: Mapped[User | None] = relationship(back_populates="posts")
    tags: Mapped[list["Tag"]] = relationship(secondary=post_tags, order_by="Tag.name")
    special_tags: Mapped[list["Tag"]] = relationship(
        secondary=post_tags,
        secondaryjoin=lambda: and_(
            Tag.id == post_tags.c.tag_id, post_tags.c.kind == "special"
        ),
        viewonly=True,
    )
    marks: Mapped[list["Tag"]] = relationship(secondary=marks, viewonly=True)
    summary: Mapped["Summary | None"] = relationship(back_populates="post")


class Summary(Base):
    __tablename__ = "summaries"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    post: Mapped[Post] = relationship(back_populates="summary")


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Node(Base):
    __tablename__ = "nodes"

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("nodes.id"))
    parent: Mapped["Node | None"] = relationship(
        back_populates="children", remote_side=[id]
    )
    children: Mapped[list["Node"]] = relationship(
        back_populates="parent", order_by="Node.id"
    )


# A post once for each of its marks.
MarkedPost = aliased(
    Post, Post.__table__.outerjoin(marks, Post.id == marks.c.post_id), flat=True
)
User.marked_posts = relationship(MarkedPost, viewonly=True)


@pytest.fixture
def session(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session


@pytest.fixture
def fetch(session, engine):
    """Fetch a relationship of keys, from a session that has no objects yet."""

    def fetch(attribute, keys, plan=None, terms=NO_TERMS):
        session.commit()
        session.expunge_all()
        query = RelationshipQuery(attribute.property)
        with count_statements(engine) as statements:
            found = targets_of(session, query, keys, plan, terms)
        return found, statements

    return fetch


def ids(found):
    return {key: [target.id for target in targets] for key, targets in found.items()}


class TestShapes:
    @pytest.fixture(autouse=True)
    def rows(self, session):
        tags = [Tag(id=1, name="b"), Tag(id=2, name="a")]
        session.add_all(
            [
                User(id=1, name="Ada"),
                User(id=2, name="Bob"),
                User(id=3, name="Cyd"),
                Post(id=1, title="Ada 1", writer_id=1, tags=tags),
                Post(id=2, title="Bob 2", writer_id=1, is_published=False),
                Post(id=3, title="Ada 3", writer_id=2, tags=tags[:1]),
                Post(id=4, title="none 4"),
                Summary(id=1, post_id=3),
            ]
        )
        session.flush()
        session.execute(
            friends.insert(),
            [
                {"user_id": 1, "friend_id": 3},
                {"user_id": 1, "friend_id": 2},
                {"user_id": 2, "friend_id": 1},
            ],
        )
        session.execute(
            post_tags.update().where(post_tags.c.tag_id == 2).values(kind="special")
        )

    def test_one_to_many_is_ordered_as_it_is_mapped(self, fetch):
        found, statements = fetch(User.posts, [1, 2, 3])

        assert ids(found) == {1: [2, 1], 2: [3]}
        statements.expect(1)
        assert "users" not in statements[0].sql

    def test_many_to_one(self, fetch):
        found, statements = fetch(Post.author, [2, 1])

        assert ids(found) == {1: [1], 2: [2]}
        statements.expect(1)
        assert "posts" not in statements[0].sql

    def test_one_to_one(self, fetch):
        found, statements = fetch(Post.summary, [1, 3])

        assert ids(found) == {3: [1]}
        statements.expect(1)

    def test_many_to_many_leaves_the_owners_table_out(self, fetch):
        found, statements = fetch(Post.tags, [1, 2, 3])

        assert ids(found) == {1: [2, 1], 3: [1]}
        statements.expect(1)
        assert "posts" not in statements[0].sql

    def test_many_to_many_of_one_table_with_itself(self, fetch):
        found, statements = fetch(User.friends, [1, 2, 3])

        assert ids(found) == {1: [2, 3], 2: [1]}
        statements.expect(1)

    def test_conditions_of_a_primaryjoin_hold(self, fetch):
        found, statements = fetch(User.published, [1, 2])

        assert ids(found) == {1: [1], 2: [3]}
        statements.expect(1)

    def test_conditions_of_a_secondaryjoin_hold(self, fetch):
        found, statements = fetch(Post.special_tags, [1, 3])

        assert ids(found) == {1: [2]}
        statements.expect(1)

    def test_a_join_that_is_no_equality(self, fetch):
        found, statements = fetch(User.named_like, [1, 2, 3])

        assert ids(found) == {1: [1, 3], 2: [2]}
        statements.expect(1)

    @pytest.mark.parametrize(
        ("attribute", "keys", "expected"),
        [
            (Node.children, [1, 2], {1: [2, 3]}),
            (Node.parent, [1, 2], {1: [1], 2: [2]}),
        ],
        ids=["children", "parent"],
    )
    def test_a_tree(self, session, fetch, attribute, keys, expected):
        session.add_all([Node(id=1), Node(id=2, parent_id=1), Node(id=3, parent_id=1)])
        found, statements = fetch(attribute, keys)

        assert ids(found) == expected
        statements.expect(1)


class Place(Base):
    __tablename__ = "places"

    # In another order than the names of the columns.
    zone: Mapped[int] = mapped_column(primary_key=True)
    area: Mapped[int] = mapped_column(primary_key=True)
    visits: Mapped[list["Visit"]] = relationship(
        back_populates="place", order_by="Visit.id"
    )
    guides: Mapped[list["Guide"]] = relationship(
        secondary="place_guides", order_by="Guide.id"
    )


class Visit(Base):
    __tablename__ = "visits"

    id: Mapped[int] = mapped_column(primary_key=True)
    at_zone: Mapped[int | None]
    in_area: Mapped[int | None]
    place: Mapped[Place | None] = relationship(back_populates="visits")

    __table_args__ = (
        ForeignKeyConstraint(["at_zone", "in_area"], ["places.zone", "places.area"]),
    )


class Guide(Base):
    __tablename__ = "guides"

    id: Mapped[int] = mapped_column(primary_key=True)


place_guides = Table(
    "place_guides",
    Base.metadata,
    Column("b_zone", Integer, primary_key=True),
    Column("c_area", Integer, primary_key=True),
    Column("a_guide", ForeignKey("guides.id"), primary_key=True),
    ForeignKeyConstraint(["b_zone", "c_area"], ["places.zone", "places.area"]),
)


class TestCompositeKeys:
    @pytest.fixture(autouse=True)
    def rows(self, session):
        session.add_all(
            [
                Place(zone=1, area=2, guides=[Guide(id=1), Guide(id=2)]),
                Place(zone=2, area=1, guides=[Guide(id=3)]),
                Visit(id=1, at_zone=1, in_area=2),
                Visit(id=2, at_zone=2, in_area=1),
                Visit(id=3, at_zone=1, in_area=2),
                Visit(id=4, at_zone=1),
            ]
        )

    def test_are_in_alphabetical_order_of_the_columns(self):
        query = RelationshipQuery(Place.visits.property)
        place = Place(zone=1, area=2)

        assert query.key_attributes == ("area", "zone")
        assert query.key_of(place) == (2, 1)

    def test_of_a_collection(self, fetch):
        found, statements = fetch(Place.visits, [(2, 1), (1, 2), (9, 9)])

        assert ids(found) == {(2, 1): [1, 3], (1, 2): [2]}
        statements.expect(1)

    def test_of_a_many_to_one(self, fetch):
        query = RelationshipQuery(Visit.place.property)
        key = query.key_of(Visit(at_zone=1, in_area=2))
        found, statements = fetch(Visit.place, [key])

        [place] = found[key]
        assert (place.zone, place.area) == (1, 2)
        statements.expect(1)

    def test_of_a_many_to_many(self, fetch):
        found, statements = fetch(Place.guides, [(2, 1), (1, 2)])

        assert ids(found) == {(2, 1): [1, 2], (1, 2): [3]}
        statements.expect(1)

    def test_say_the_identity_in_the_order_of_the_primary_key(self):
        query = RelationshipQuery(Visit.place.property)
        key = query.key_of(Visit(at_zone=1, in_area=2))

        assert query.identities_of([key]) == [(1, 2)]

    def test_with_a_null_in_any_part_are_empty(self):
        query = RelationshipQuery(Visit.place.property)

        assert query.is_empty(query.key_of(Visit(at_zone=1)))
        assert query.is_empty(query.key_of(Visit(in_area=1)))
        assert query.is_empty(query.key_of(Visit()))
        assert not query.is_empty(query.key_of(Visit(at_zone=0, in_area=0)))


seats = Table(
    "seats",
    Base.metadata,
    Column("a_hall", Integer, nullable=False),
    Column("b_row", Integer),
    Column("c_place", Integer),
)


class Seat(Base):
    __table__ = seats
    __mapper_args__ = {
        "primary_key": [seats.c.c_place, seats.c.b_row, seats.c.a_hall],
    }


class Ticket(Base):
    __tablename__ = "tickets"

    id: Mapped[int] = mapped_column(primary_key=True)
    a_hall: Mapped[int | None]
    b_row: Mapped[int | None]
    c_place: Mapped[int | None]
    seat: Mapped[Seat | None] = relationship(
        primaryjoin=lambda: and_(
            *(foreign(getattr(Ticket, one.key)) == one for one in seats.c)
        ),
        viewonly=True,
    )


class TestKeysWithNull:
    KEYS = [(1, 1, 1), (1, 1, None), (2, 1, None), (1, None, 1), (1, None, None)]

    def test_find_their_rows(self, session, fetch):
        session.execute(seats.insert().values([*self.KEYS, (3, None, 3)]))
        found, statements = fetch(Ticket.seat, [*self.KEYS, (3, 3, None)])

        assert {
            key: [(seat.a_hall, seat.b_row, seat.c_place) for seat in of_key]
            for key, of_key in found.items()
        } == {key: [key] for key in self.KEYS}
        statements.expect(1)

    def test_are_in_the_session_by_their_identity(self):
        query = RelationshipQuery(Ticket.seat.property)

        assert query.identities_of([(1, 2, None)]) == [(None, 2, 1)]

    def test_are_empty_without_any_part(self):
        query = RelationshipQuery(Ticket.seat.property)

        assert not query.is_empty((None, 1, None))
        assert query.is_empty((None, None, None))


class Country(Base):
    __tablename__ = "countries"

    code: Mapped[str] = mapped_column(String(2, collation="NOCASE"), primary_key=True)
    cities: Mapped[list["City"]] = relationship(
        back_populates="country", order_by="City.id"
    )


class City(Base):
    __tablename__ = "cities"

    id: Mapped[int] = mapped_column(primary_key=True)
    country_code: Mapped[str | None] = mapped_column(ForeignKey("countries.code"))
    country: Mapped[Country | None] = relationship(back_populates="cities")


class Prefixed(TypeDecorator):
    """Numbers that the database keeps as text."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value, _dialect):
        return None if value is None else f"n{value}"

    def process_result_value(self, value, _dialect):
        return None if value is None else int(value[1:])


class Owner(Base):
    __tablename__ = "owners"

    number: Mapped[int] = mapped_column(Prefixed, primary_key=True)
    things: Mapped[list["Thing"]] = relationship(order_by="Thing.id")


class Thing(Base):
    __tablename__ = "things"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[int] = mapped_column(Prefixed, ForeignKey("owners.number"))


class TestKeysOfOtherTypes:
    def test_strings_compare_as_they_do_in_the_database(self, session, fetch):
        session.add_all(
            [
                Country(code="de"),
                Country(code="fr"),
                City(id=1, country_code="DE"),
                City(id=2, country_code="de"),
            ]
        )
        found, statements = fetch(Country.cities, ["de", "fr"])

        assert ids(found) == {"de": [1, 2]}
        statements.expect(1)

    def test_strings_of_a_many_to_one_do_so_too(self, session, fetch):
        session.add_all([Country(code="de"), City(country_code="DE")])
        found, statements = fetch(City.country, ["DE"])

        assert [country.code for country in found["DE"]] == ["de"]
        statements.expect(2)  # the second tells which of the keys are spelled otherwise

    def test_each_spelling_of_a_many_to_one_finds_its_row(self, session, fetch):
        session.add_all([Country(code="de"), Country(code="fr")])
        found, statements = fetch(City.country, ["DE", "de", "De", "fr", "it"])

        assert {key: [one.code for one in of_key] for key, of_key in found.items()} == {
            "DE": ["de"],
            "de": ["de"],
            "De": ["de"],
            "fr": ["fr"],
        }
        statements.expect(2)

    def test_more_spellings_than_one_statement_compares(self, session, fetch):
        session.add(Country(code="de"))
        spellings = ["".join(("de", " " * number)) for number in range(1, 451)]
        found, statements = fetch(City.country, [*spellings, "de", "DE"])

        assert found.keys() == {"de", "DE"}
        statements.expect(4)  # 451 keys are compared by 200

    @pytest.mark.parametrize(
        ("other", "sent"),
        [("fr", 1), ("de1", 1), ("d e", 2), ("D.E.", 2), ("0de", 2), ("dé", 2)],
    )
    def test_a_key_without_row_is_asked_again_if_it_may_be_a_spelling(
        self, session, fetch, other, sent
    ):
        session.add(Country(code="de"))
        found, statements = fetch(City.country, ["de", other])

        assert found.keys() == {"de"}
        statements.expect(sent)

    def test_owners_who_share_a_target_take_one_row(self, session, monkeypatch):
        session.add(Country(code="de"))
        session.add_all([City(country_code="de") for _ in range(20)])
        session.flush()
        given = []
        by_key = RelationshipQuery.by_key
        monkeypatch.setattr(
            RelationshipQuery,
            "by_key",
            lambda query, rows: by_key(query, given.append(rows) or rows),
        )

        targets_of(session, RelationshipQuery(City.country.property), ["de"])

        assert [len(rows) for rows in given] == [1]

    def test_a_type_of_the_application(self, session, fetch):
        session.add_all([Owner(number=7, things=[Thing(id=1), Thing(id=2)])])
        found, statements = fetch(Owner.things, [7, 8])

        assert ids(found) == {7: [1, 2]}
        statements.expect(1)


class Animal(Base):
    __tablename__ = "animals"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    keeper_id: Mapped[int] = mapped_column(ForeignKey("keepers.id"))

    __mapper_args__ = {
        "polymorphic_on": "kind",
        "polymorphic_identity": "animal",
        "with_polymorphic": "*",
    }


class Dog(Animal):
    __tablename__ = "dogs"

    id: Mapped[int] = mapped_column(ForeignKey("animals.id"), primary_key=True)
    trick: Mapped[str]

    __mapper_args__ = {"polymorphic_identity": "dog"}


class Keeper(Base):
    __tablename__ = "keepers"

    id: Mapped[int] = mapped_column(primary_key=True)
    animals: Mapped[list[Animal]] = relationship(order_by=Animal.id)
    dogs: Mapped[list[Dog]] = relationship(viewonly=True, order_by=Dog.id)


class Walk(Base):
    __tablename__ = "walks"

    id: Mapped[int] = mapped_column(primary_key=True)
    animal_id: Mapped[int] = mapped_column(ForeignKey("animals.id"))
    animal: Mapped[Animal] = relationship(viewonly=True)
    dog: Mapped[Dog | None] = relationship(
        primaryjoin=animal_id == Dog.id,
        foreign_keys=animal_id,
        viewonly=True,
    )


class TestInheritance:
    @pytest.fixture(autouse=True)
    def rows(self, session):
        session.add(Keeper(id=1, animals=[Dog(id=1, trick="sit"), Animal(id=2)]))

    def test_a_target_with_polymorphic_loading(self, fetch):
        found, statements = fetch(Keeper.animals, [1])

        assert [type(animal) for animal in found[1]] == [Dog, Animal]
        statements.expect(1)
        assert inspect(found[1][0]).dict["trick"] == "sit"

    def test_a_target_that_is_a_subclass(self, fetch):
        found, statements = fetch(Keeper.dogs, [1])

        assert ids(found) == {1: [1]}
        statements.expect(1)

    @pytest.mark.parametrize(
        ("relationship", "key", "type_"),
        [(Walk.animal, 1, Dog), (Walk.animal, 2, Animal), (Walk.dog, 1, Dog)],
    )
    def test_a_many_to_one_looks_for_the_primary_key(
        self, session, fetch, relationship, key, type_
    ):
        session.add_all([Walk(animal_id=key) for _ in range(3)])
        found, statements = fetch(relationship, [key, 3])

        assert {one: [type(target) for target in of] for one, of in found.items()} == {
            key: [type_]
        }
        statements.expect(1)
        assert "walks" not in str(statements[0])


class TestKeyOf:
    def test_an_object_reads_the_attribute(self):
        query = RelationshipQuery(User.posts.property)

        assert query.key_attributes == ("id",)
        assert query.key_of(User(id=7)) == 7

    def test_a_foreign_key_reads_the_attribute_of_its_column(self):
        query = RelationshipQuery(Post.author.property)

        assert query.key_of(Post(writer_id=7)) == 7

    def test_a_mapping_reads_the_item(self):
        assert RelationshipQuery(User.posts.property).key_of({"id": 7}) == 7

    def test_any_other_object_reads_the_attribute(self):
        parent = SimpleNamespace(id=7)

        assert RelationshipQuery(User.posts.property).key_of(parent) == 7

    @pytest.mark.parametrize("attribute", [User.published, User.named_like])
    def test_a_join_that_is_more_than_equalities_takes_the_primary_key(self, attribute):
        assert RelationshipQuery(attribute.property).key_of(User(id=7)) == 7

    def test_a_parent_without_its_key_is_an_error(self):
        with pytest.raises(ParentKeyError) as error:
            RelationshipQuery(User.posts.property).key_of({"name": "Ada"})

        assert str(error.value) == (
            "User.posts cannot be loaded for a dict without 'id': the relationship "
            "joins on 'id'. Return that from the resolver too, or return mapped "
            "objects."
        )

    def test_a_parent_with_a_part_of_its_key_is_an_error(self):
        with pytest.raises(ParentKeyError) as error:
            RelationshipQuery(Place.visits.property).key_of(SimpleNamespace(area=1))

        assert str(error.value) == (
            "Place.visits cannot be loaded for a SimpleNamespace without 'zone': the "
            "relationship joins on 'area', 'zone'. Return that from the resolver too, "
            "or return mapped objects."
        )


class TestIdentity:
    def test_of_a_many_to_one_is_its_key(self):
        assert RelationshipQuery(Post.author.property).identities_of([7]) == [(7,)]

    @pytest.mark.parametrize(
        "attribute",
        [User.posts, Post.tags, Post.summary, User.published, Node.children],
    )
    def test_of_anything_else_is_unknown(self, attribute):
        assert RelationshipQuery(attribute.property).identities_of([7]) is None


class TestFetch:
    @pytest.fixture(autouse=True)
    def rows(self, session):
        session.add_all(
            User(id=number, name="", posts=[Post(title="p"), Post(title="q")])
            for number in (1, 2, 3)
        )

    def test_loads_what_the_plan_says(self, fetch):
        plan = LoadPlan(Post.__mapper__, frozenset({"id", "title"}))
        found, _ = fetch(User.posts, [1], plan=plan)

        for post in found[1]:
            assert inspect(post).unloaded == {
                *("is_published", "writer_id", "author", "summary"),
                *("tags", "special_tags", "marks"),
            }
            assert "title" in inspect(post).dict

    def test_applies_criteria(self, fetch):
        only_p = with_loader_criteria(Post, Post.title == "p")
        found, _ = fetch(User.posts, [1, 2], terms=Terms((only_p,)))

        assert {
            key: [post.title for post in posts] for key, posts in found.items()
        } == {1: ["p"], 2: ["p"]}

    def test_of_no_keys_asks_nothing(self, fetch):
        found, statements = fetch(User.posts, [])

        assert found == {}
        statements.expect(0)

    def test_gives_a_target_once_however_often_a_join_finds_it(self, session, fetch):
        session.add(Tag(id=1, name="x"))
        session.flush()
        session.execute(marks.insert(), [{"post_id": 1, "tag_id": 1}] * 2)
        found, _ = fetch(Post.marks, [1])

        assert ids(found) == {1: [1]}

    def test_gives_the_target_of_an_aliased_join_once(self, session, fetch):
        session.flush()
        session.execute(marks.insert(), [{"post_id": 1, "tag_id": 1}] * 2)
        owner = session.get(Post, 1).writer_id
        lazy = [post.id for post in session.get(User, owner).marked_posts]
        plan = LoadPlan(Post.__mapper__, frozenset({"id"}))
        found, statements = fetch(User.marked_posts, [owner], plan=plan)

        assert {key: sorted(posts) for key, posts in ids(found).items()} == {
            owner: sorted(lazy)
        }
        assert len(lazy) == 2
        statements.expect(1)


class TestChunks:
    def test_of_100_000_keys(self, session, fetch):
        session.add_all([User(id=1, name="a", posts=[Post(id=1, title="x")])])
        session.add_all([User(id=99_999, name="b", posts=[Post(id=2, title="y")])])
        found, statements = fetch(User.posts, list(range(100_000)))

        assert ids(found) == {1: [1], 99_999: [2]}
        statements.expect(4)

    def test_of_composite_keys_count_each_part(self, session, fetch):
        session.add_all(
            [
                Place(zone=0, area=0, visits=[Visit(id=1)]),
                Place(zone=0, area=19_999, visits=[Visit(id=2)]),
            ]
        )
        found, statements = fetch(Place.visits, [(area, 0) for area in range(20_000)])

        assert ids(found) == {(0, 0): [1], (19_999, 0): [2]}
        statements.expect(2)

    def test_of_a_join_with_the_owner(self, session, fetch):
        session.add_all([Country(code="aa", cities=[City(id=1)])])
        keys = ["aa", *(f"k{number}" for number in range(40_000))]
        found, statements = fetch(Country.cities, keys)

        assert ids(found) == {"aa": [1]}
        statements.expect(2)


class Shelf(Base):
    __tablename__ = "shelves"

    id: Mapped[int] = mapped_column(primary_key=True)
    room: Mapped[int]
    # Its conditions are in parentheses.
    books: Mapped[list["Book"]] = relationship(
        primaryjoin=lambda: and_(
            (Shelf.id == BOOKS.c.shelf_id).self_group(),
            (Shelf.room == BOOKS.c.room).self_group(),
        ),
        foreign_keys=lambda: [BOOKS.c.shelf_id, BOOKS.c.room],
        order_by=lambda: Book.id,
        viewonly=True,
    )


BOOKS = Table(
    "books",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("shelf_id", Integer),
    Column("room", Integer),
)


class Book(Base):
    """The class does not map the columns that the relationship joins on."""

    __table__ = BOOKS
    __mapper_args__ = {"include_properties": ["id"]}


def test_the_columns_of_a_join_need_not_be_mapped(session, fetch):
    session.add(Shelf(id=1, room=2))
    session.flush()
    session.execute(
        BOOKS.insert(),
        [
            {"id": 1, "shelf_id": 1, "room": 2},
            {"id": 2, "shelf_id": 1, "room": 3},
            {"id": 3, "shelf_id": 1, "room": 2},
        ],
    )
    query = RelationshipQuery(Shelf.books.property)
    key = query.key_of(Shelf(id=1, room=2))
    found, statements = fetch(Shelf.books, [key])

    assert ids(found) == {key: [1, 3]}
    statements.expect(1)


class TestKeysPerStatement:
    @pytest.mark.parametrize(
        ("driver", "columns", "keys"),
        [
            ("asyncpg", 1, 32_667),
            ("asyncpg", 2, 16_333),
            ("psycopg", 1, 65_435),
            ("pysqlite", 1, 32_666),
            ("aiosqlite", 3, 10_888),
            ("another", 1, 900),
            ("another", 1000, 1),
        ],
    )
    def test_depends_on_the_driver(
        self, engine, session, monkeypatch, driver, columns, keys
    ):
        monkeypatch.setattr(engine.dialect, "driver", driver)

        assert keys_per_statement(session, User.__mapper__, columns) == keys


def test_a_session_may_have_an_engine_for_each_model(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(User(id=1, name="Ada", posts=[Post(id=1, title="x")]))
        session.commit()

    query = RelationshipQuery(User.posts.property)
    with Session(binds={Base: engine}) as session:
        assert ids(targets_of(session, query, [1])) == {1: [1]}


def test_the_query_of_a_relationship_is_made_once():
    assert RelationshipQuery.of(User.posts.property) is RelationshipQuery.of(
        User.posts.property
    )
    assert repr(RelationshipQuery.of(User.posts.property)) == (
        "<RelationshipQuery User.posts>"
    )


def test_values_tell_whether_they_are_lists():
    assert RelationshipQuery(User.posts.property).is_list
    assert not RelationshipQuery(Post.author.property).is_list
    assert not RelationshipQuery(Post.summary.property).is_list


def test_null_is_empty():
    query = RelationshipQuery(Post.author.property)

    assert query.is_empty(None)
    assert not query.is_empty(0)
    assert not query.is_empty("")


def test_loading_leaves_the_owners_alone(session, fetch):
    session.add(User(id=1, name="Ada", posts=[Post(id=1, title="x")]))
    fetch(User.posts, [1])

    assert session.scalars(select(User)).one() not in session.dirty
