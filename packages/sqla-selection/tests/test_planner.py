# ruff: noqa: RUF012  # a dict is what SQLAlchemy takes as __mapper_args__

import pytest
from graphql import build_schema
from sqlalchemy import Column, ForeignKey, Integer, Table, and_, func
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    DynamicMapped,
    Mapped,
    WriteOnlyMapped,
    attribute_keyed_dict,
    column_property,
    foreign,
    joinedload,
    mapped_column,
    relationship,
    subqueryload,
)

from sqla_selection import (
    DepthLimit,
    DepthLimitError,
    TypeConfig,
    TypeRegistry,
    collect,
    plan,
)
from sqla_selection.carriers import carrier_of
from sqla_selection.merging import merge
from sqla_selection.needs import Needs
from sqla_selection.planner import plan_field
from sqla_selection.reading import reading_of_field


class Base(DeclarativeBase):
    pass


post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    biography: Mapped[str] = mapped_column(deferred=True)
    posts: Mapped[list["Post"]] = relationship(back_populates="author")
    titles = association_proxy("posts", "title")
    tags = association_proxy("posts", "tags")

    @hybrid_property
    def full_name(self):
        return self.first_name + " " + self.last_name

    @property
    def initials(self):
        return self.first_name[0] + self.last_name[0]


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column()
    body: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User | None] = relationship(back_populates="posts")
    tags: Mapped[list["Tag"]] = relationship(secondary=post_tags)
    shout: Mapped[str] = column_property(func.upper(title), deferred=True)


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


SDL = """
type Query { users: [User] posts: [Post] found: [Found] }
type User {
  id: ID
  firstName: String
  last_name: String
  fullName: String
  initials: String
  biography: String
  posts: [Post]
  published: [Post]
  titles: [String]
  tags: [Tag]
}
type Post {
  id: ID
  title: String
  body: String
  shout: String
  byline: String
  writerName: String
  author: User
  writer: User
  tags: [Tag]
}
type Tag { id: ID name: String }
union Found = Post | Tag
"""


@pytest.fixture
def schema():
    return build_schema(SDL)


@pytest.fixture
def planned(schema, info_of):
    """Plan the first root field of a document, for rows of a model."""

    def planned(document, model, *configs, limit=None):
        selection = collect(info_of(schema, document))
        types = TypeRegistry(configs)
        return plan(selection, model.__mapper__, types, limit=limit)

    return planned


def shown(level):
    """Show a plan as a dict: attributes, and below each relationship the same."""
    result = {"": level.attributes}
    result |= {edge.key: shown(edge.target) for edge in level.edges}
    if level.subclasses:
        result["subclasses"] = {
            subclass.mapper.class_.__name__: shown(subclass)
            for subclass in level.subclasses
        }
    return result


class TestColumns:
    def test_are_what_is_asked_and_the_primary_key(self, planned):
        assert shown(planned("{ posts { title } }", Post)) == {"": {"id", "title"}}

    def test_are_found_in_snake_case(self, planned):
        assert shown(planned("{ users { firstName last_name } }", User)) == {
            "": {"id", "first_name", "last_name"}
        }

    def test_are_found_by_aliases_under_any_response_key(self, planned):
        level = planned(
            "{ posts { a: byline b: byline } }",
            Post,
            TypeConfig("Post", Post, {"byline": "body"}),
        )

        assert shown(level) == {"": {"id", "body"}}

    @pytest.mark.parametrize(
        ("field", "read"),
        [
            ("biography", {"biography"}),
            ("fullName", {"first_name", "last_name"}),
            ("initials", {"first_name", "last_name"}),
        ],
    )
    def test_are_what_an_attribute_stands_for(self, planned, field, read):
        assert shown(planned(f"{{ users {{ {field} }} }}", User)) == {"": {"id", *read}}

    def test_that_are_deferred_load_when_they_are_asked(self, planned):
        assert shown(planned("{ posts { shout } }", Post)) == {"": {"id", "shout"}}

    def test_of_typename_alone_are_the_primary_key(self, planned):
        assert shown(planned("{ posts { __typename } }", Post)) == {"": {"id"}}

    def test_of_relationships_alone_are_what_they_join_on(self, planned):
        assert shown(planned("{ posts { author { id } } }", Post)) == {
            "": {"id", "author_id"},
            "author": {"": {"id"}},
        }

    def test_of_a_field_that_nothing_is_known_about_are_the_plain_ones(self, planned):
        assert shown(planned("{ posts { byline } }", Post)) == {
            "": {"id", "title", "body", "author_id"}
        }


class TestResolversOfTheUser:
    @pytest.fixture
    def schema(self, schema):
        for name in ("byline", "writer"):
            schema.type_map["Post"].fields[name].resolve = lambda *_: None
        return schema

    def test_may_read_any_plain_column(self, planned):
        assert shown(planned("{ posts { byline } }", Post)) == {
            "": {"id", "title", "body", "author_id"}
        }

    def test_read_the_relationship_that_the_field_names(self, planned):
        level = planned(
            "{ posts { writer { id } } }",
            Post,
            TypeConfig("Post", Post, {"writer": "author"}),
        )

        assert shown(level) == {
            "": {"id", "title", "body", "author_id"},
            "author": {"": {"id"}},
        }

    @pytest.mark.parametrize(
        ("hint", "expected"),
        [
            ([], {"": {"id"}}),
            (["title"], {"": {"id", "title"}}),
            (
                ["title", "author.first_name"],
                {
                    "": {"id", "title", "author_id"},
                    "author": {"": {"id", "first_name"}},
                },
            ),
            (
                ["author"],
                {
                    "": {"id", "author_id"},
                    "author": {"": {"id", "first_name", "last_name"}},
                },
            ),
            (
                ["author.posts.tags", "tags.name"],
                {
                    "": {"id", "author_id"},
                    "author": {
                        "": {"id"},
                        "posts": {
                            "": {"id"},
                            "tags": {"": {"id", "name"}},
                        },
                    },
                    "tags": {"": {"id", "name"}},
                },
            ),
        ],
    )
    def test_need_what_their_hint_says(self, planned, hint, expected):
        config = TypeConfig("Post", Post, requires={"byline": hint})
        level = planned("{ posts { byline } }", Post, config)

        assert shown(level) == expected

    def test_with_a_hint_keep_it_below_a_sub_selection(self, planned):
        config = TypeConfig("Post", Post, requires={"writer": ["author"]})

        assert shown(planned("{ posts { writer { id } } }", Post, config)) == {
            "": {"id", "author_id"},
            "author": {"": {"id", "first_name", "last_name"}},
        }

    def test_need_what_the_type_knows_that_they_read(self, planned):
        reads = {"byline": "author.first_name"}
        config = TypeConfig("Post", Post, reads=lambda name, _: reads.get(name))

        assert shown(planned("{ posts { byline } }", Post, config)) == {
            "": {"id", "author_id"},
            "author": {"": {"id", "first_name"}},
        }


class TestRelationships:
    def test_nest_with_the_columns_of_each_level(self, planned):
        level = planned(
            "{ users { posts { title tags { name } author { firstName } } } }", User
        )

        assert shown(level) == {
            "": {"id"},
            "posts": {
                "": {"id", "title", "author_id"},
                "tags": {"": {"id", "name"}},
                "author": {"": {"id", "first_name"}},
            },
        }

    def test_asked_under_several_keys_are_planned_once(self, planned):
        level = planned("{ users { a: posts { title } b: posts { body } } }", User)

        assert shown(level) == {"": {"id"}, "posts": {"": {"id", "title", "body"}}}
        assert level.edge("posts").fields == ("a", "b")

    def test_are_found_by_aliases(self, planned):
        config = TypeConfig("Post", Post, {"writer": "author"})
        level = planned(
            "{ posts { writer { firstName } author { id } } }", Post, config
        )

        assert shown(level) == {
            "": {"id", "author_id"},
            "author": {"": {"id", "first_name"}},
        }
        assert level.edge("author").fields == ("writer", "author")

    def test_on_the_way_of_a_dotted_alias_are_planned(self, planned):
        config = TypeConfig("Post", Post, {"writerName": "author.first_name"})

        assert shown(planned("{ posts { writerName } }", Post, config)) == {
            "": {"id", "author_id"},
            "author": {"": {"id", "first_name"}},
        }

    def test_below_association_proxies_are_planned(self, planned):
        level = planned("{ users { titles tags { name } } }", User)

        assert shown(level) == {
            "": {"id"},
            "posts": {"": {"id", "title"}, "tags": {"": {"id", "name"}}},
        }

    def test_know_the_graphql_types_that_asked(self, planned):
        level = planned("{ users { posts { id } } }", User)

        assert level.type_names == ("User",)
        assert level.edge("posts").target.type_names == ("Post",)


class TestCarriers:
    @pytest.mark.parametrize(
        ("document", "model", "key", "carrier", "why"),
        [
            (
                "{ posts { author { id } } }",
                Post,
                "author",
                "joinedload",
                "A scalar: joined into the statement of its owner.",
            ),
            (
                "{ posts { tags { id } } }",
                Post,
                "tags",
                "selectinload",
                "A collection: one SELECT … IN does not multiply its owner's rows.",
            ),
        ],
    )
    def test_by_default(self, planned, document, model, key, carrier, why):
        level = planned(document, model)
        edge = level.edge(key)

        assert carrier_of(level, edge) == (carrier, why)
        assert edge.strategy is None

    def test_are_what_the_strategies_say(self, planned):
        config = TypeConfig("Post", Post, strategies={"tags": subqueryload})
        level = planned("{ posts { tags { id } } }", Post, config)
        tags = level.edge("tags")

        assert carrier_of(level, tags) == ("strategy", "The type's strategies say so.")
        assert tags.strategy is subqueryload

    def test_of_an_aliased_field_are_what_its_strategy_says(self, planned):
        config = TypeConfig(
            "Post", Post, {"writer": "author"}, strategies={"writer": subqueryload}
        )
        level = planned("{ posts { author { id } writer { id } } }", Post, config)

        assert level.edge("author").strategy is subqueryload

    def test_below_a_type_are_its_own(self, planned):
        config = TypeConfig("Post", Post, strategies={"author": subqueryload})
        level = planned("{ users { posts { author { id } } } }", User, config)

        posts = level.edge("posts")
        assert carrier_of(level, posts).technique == "selectinload"
        author = posts.target.edge("author")
        assert carrier_of(posts.target, author).technique == "strategy"


seats = Table(
    "seats",
    Base.metadata,
    Column("hall", Integer, nullable=False),
    Column("place", Integer),
)


class Seat(Base):
    __table__ = seats
    __mapper_args__ = {"primary_key": [seats.c.hall, seats.c.place]}
    tickets: Mapped[list["Ticket"]] = relationship(
        primaryjoin=lambda: foreign(Ticket.hall) == seats.c.hall, viewonly=True
    )


class Ticket(Base):
    __tablename__ = "tickets"

    id: Mapped[int] = mapped_column(primary_key=True)
    hall: Mapped[int]
    place: Mapped[int | None]
    seat: Mapped[Seat | None] = relationship(
        primaryjoin=lambda: and_(
            foreign(Ticket.hall) == seats.c.hall, foreign(Ticket.place) == seats.c.place
        ),
        viewonly=True,
    )


class TestKeysWithNull:
    @pytest.fixture
    def schema(self):
        return build_schema(
            "type Query { seats: [Seat] tickets: [Ticket] }"
            " type Seat { tickets: [Ticket] } type Ticket { id: ID seat: Seat }"
        )

    def test_are_found_by_batches(self, planned):
        level = planned("{ tickets { seat { tickets { id } } } }", Ticket)
        seat = level.edge("seat")
        tickets = seat.target.edge("tickets")

        assert carrier_of(level, seat) == (
            "batch",
            "The target's key may have NULL in a part, which no join finds.",
        )
        assert carrier_of(seat.target, tickets) == (
            "batch",
            "Its owner's key may have NULL in a part: selectinload misses that.",
        )


class Shelf(Base):
    __tablename__ = "shelves"

    id: Mapped[int] = mapped_column(primary_key=True)
    dynamic: DynamicMapped["Book"] = relationship(
        overlaps="write_only,nothing,keyed,set_,hashed"
    )
    write_only: WriteOnlyMapped["Book"] = relationship(
        overlaps="dynamic,nothing,keyed,set_,hashed"
    )
    keyed: Mapped[dict[str, "Book"]] = relationship(
        collection_class=attribute_keyed_dict("isbn"), viewonly=True
    )
    unordered: Mapped[set["Book"]] = relationship(viewonly=True)
    hashed: Mapped[set["Hashed"]] = relationship(viewonly=True)


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    isbn: Mapped[str]
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))


class Hashed(Base):
    __tablename__ = "hashed"

    id: Mapped[int] = mapped_column(primary_key=True)
    isbn: Mapped[str]
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))

    def __eq__(self, other):
        return isinstance(other, Hashed) and self.isbn == other.isbn

    def __hash__(self):
        return hash(self.isbn)


class TestCollections:
    @pytest.fixture
    def schema(self):
        names = ["dynamic", "write_only", "keyed", "unordered", "hashed"]
        fields = " ".join(f"{name}: [Book]" for name in names)
        return build_schema(
            f"type Query {{ shelf: Shelf }} type Shelf {{ {fields} }}"
            " type Book { id: ID }"
        )

    @pytest.mark.parametrize("lazy", ["dynamic", "write_only"])
    def test_that_no_option_fills_are_batches(self, planned, lazy):
        level = planned(f"{{ shelf {{ {lazy} {{ id }} }} }}", Shelf)

        assert carrier_of(level, level.edge(lazy)) == (
            "batch",
            f"It is mapped lazy={lazy!r}, which no loader option fills.",
        )

    @pytest.mark.parametrize(
        ("name", "loaded"),
        [
            ("keyed", {"id", "isbn", "shelf_id"}),
            ("hashed", {"id", "isbn", "shelf_id"}),
            ("unordered", {"id"}),
        ],
    )
    def test_that_read_columns_while_they_fill_load_them(self, planned, name, loaded):
        level = planned(f"{{ shelf {{ {name} {{ __typename }} }} }}", Shelf)

        assert level.edge(name).target.attributes == loaded


class TestDepth:
    DOCUMENT = "{ users { posts { author { posts { id } } } } }"

    def refused(self, planned, *configs, limit):
        with pytest.raises(DepthLimitError) as error:
            planned(self.DOCUMENT, User, *configs, limit=limit)
        return error.value.message

    def test_beyond_the_limit_is_refused(self, planned):
        assert self.refused(planned, limit=DepthLimit(3, "User")) == (
            "Query depth 4 exceeds max_depth=3 (set by 'User')."
        )

    def test_up_to_the_limit_is_allowed(self, planned):
        level = planned(self.DOCUMENT, User, limit=DepthLimit(4, "User"))

        assert len(list(level.levels())) == 4

    def test_without_a_limit_may_be_any(self, planned):
        level = planned(self.DOCUMENT, User, TypeConfig("Post", Post, max_depth=1))

        assert len(list(level.levels())) == 4

    def test_is_narrowed_by_a_type_on_the_way(self, planned):
        message = self.refused(
            planned,
            TypeConfig("Post", Post, max_depth=2),
            limit=DepthLimit(9, "User"),
        )

        assert message == "Query depth 3 exceeds max_depth=2 (set by 'Post')."

    def test_is_refused_by_a_type_that_is_too_deep_itself(self, planned):
        message = self.refused(
            planned,
            TypeConfig("Post", Post, max_depth=1),
            limit=DepthLimit(9, "User"),
        )

        assert message == "Query depth 2 exceeds max_depth=1 (set by 'Post')."

    def test_is_not_widened_by_a_type_on_the_way(self, planned):
        message = self.refused(
            planned,
            TypeConfig("Post", Post, max_depth=9),
            limit=DepthLimit(2, "User"),
        )

        assert message == "Query depth 3 exceeds max_depth=2 (set by 'User')."

    def test_of_one_branch_does_not_narrow_another(self, planned):
        level = planned(
            "{ posts { tags { id } author { posts { id } } } }",
            Post,
            TypeConfig("Tag", Tag, max_depth=2),
            TypeConfig("Post", Post, max_depth=3),
            limit=DepthLimit(3, "Post"),
        )

        assert {edge.key for edge in level.edges} == {"tags", "author"}

    def test_of_what_is_skipped_does_not_count(self, planned):
        level = planned(
            "{ users { id posts @skip(if: true) { author { id } } } }",
            User,
            limit=DepthLimit(1, "User"),
        )

        assert shown(level) == {"": {"id"}}


class Animal(Base):
    __tablename__ = "animals"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("owners.id"))
    owner: Mapped["Owner"] = relationship(foreign_keys=owner_id)

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}


class Dog(Animal):
    __tablename__ = "dogs"

    id: Mapped[int] = mapped_column(ForeignKey("animals.id"), primary_key=True)
    trick: Mapped[str]
    friend_id: Mapped[int | None] = mapped_column(ForeignKey("animals.id"))
    friend: Mapped[Animal | None] = relationship(foreign_keys=friend_id)

    __mapper_args__ = {
        "polymorphic_identity": "dog",
        "inherit_condition": id == Animal.id,
    }


class Cat(Animal):
    lives: Mapped[int | None]

    __mapper_args__ = {"polymorphic_identity": "cat"}


class Owner(Base):
    __tablename__ = "owners"

    id: Mapped[int] = mapped_column(primary_key=True)
    favourite_id: Mapped[int | None] = mapped_column(ForeignKey("animals.id"))
    favourite: Mapped[Animal | None] = relationship(foreign_keys=favourite_id)


class Shape(Base):
    __tablename__ = "shapes"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]

    __mapper_args__ = {
        "polymorphic_on": "kind",
        "polymorphic_identity": "shape",
        "with_polymorphic": "*",
    }


class Circle(Shape):
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("owners.id"))
    owner: Mapped[Owner | None] = relationship()

    __mapper_args__ = {"polymorphic_identity": "circle"}


class TestInheritance:
    CONFIGS = (TypeConfig("Dog", Dog), TypeConfig("Cat", Cat), TypeConfig("Rock", Tag))

    @pytest.fixture
    def schema(self):
        return build_schema(
            """
            type Query {
              animals: [Animal] things: [Thing] owners: [Owner] dogs: [Dog]
              shapes: [Shape]
            }
            interface Animal { id: ID name: String owner: Owner }
            type Dog implements Animal {
              id: ID name: String owner: Owner trick: String friend: Animal
            }
            type Cat implements Animal { id: ID name: String owner: Owner lives: Int }
            type Owner { id: ID animals: [Animal] favourite: Animal }
            type Rock { id: ID name: String }
            interface Shape { id: ID }
            type Circle implements Shape { id: ID owner: Owner }
            union Thing = Dog | Rock
            """
        )

    def test_keeps_what_only_a_subclass_needs_apart(self, planned):
        level = planned(
            """
            { animals {
              name
              ... on Dog { trick friend { id } }
              ... on Cat { lives }
            } }
            """,
            Animal,
            *self.CONFIGS,
        )

        assert shown(level) == {
            "": {"id", "name"},
            "subclasses": {
                "Dog": {
                    "": {"trick", "friend_id"},
                    "friend": {
                        "": {"id"},
                        "subclasses": {"Dog": {"": set()}, "Cat": {"": set()}},
                    },
                },
                "Cat": {"": {"lives"}},
            },
        }

    def test_limit_of_a_type_of_which_nothing_is_asked_does_not_count(self, planned):
        level = planned(
            "{ owners { favourite { ... on Dog { id } } } }",
            Owner,
            TypeConfig("Dog", Dog),
            TypeConfig("Cat", Cat, max_depth=1),
            limit=DepthLimit(3, "Owner"),
        )

        assert level.edge("favourite")

    def test_loads_what_the_base_has_for_all(self, planned):
        level = planned(
            "{ animals { ... on Dog { name owner { id } } } }", Animal, *self.CONFIGS
        )

        assert shown(level) == {
            "": {"id", "name", "owner_id"},
            "owner": {"": {"id"}},
            "subclasses": {"Dog": {"": set()}, "Cat": {"": set()}},
        }

    def test_of_a_scalar_is_not_joined(self, planned):
        level = planned(
            "{ owners { favourite { ... on Dog { trick } } } }", Owner, *self.CONFIGS
        )

        assert carrier_of(level, level.edge("favourite")) == (
            "selectinload",
            "A scalar of an inheritance tree: each subclass has its own SELECT.",
        )

    def test_of_a_subclass_is_not_joined(self, planned):
        level = planned(
            "{ animals { ... on Dog { friend { id } } } }", Animal, *self.CONFIGS
        )
        [dogs, _] = level.subclasses

        carrier = carrier_of(dogs, dogs.edge("friend"))
        assert carrier.technique == "selectinload"

    def test_of_a_subclass_that_the_base_reads_is_a_batch(self, planned):
        level = planned(
            "{ shapes { ... on Circle { owner { id } } } }",
            Shape,
            TypeConfig("Circle", Circle),
        )
        [circles] = level.subclasses

        assert carrier_of(circles, circles.edge("owner")) == (
            "batch",
            "It belongs to a subclass whose rows the base's own SELECT reads.",
        )

    def test_of_rows_of_one_class_needs_no_levels(self, planned):
        level = planned("{ dogs { name trick friend { id } } }", Dog, *self.CONFIGS)

        assert level.attributes == {"id", "name", "trick", "friend_id"}
        assert level.subclasses == ()

    def test_passes_by_a_type_of_an_unrelated_model(self, planned):
        level = planned(
            "{ things { ... on Dog { trick } ... on Rock { name } } }",
            Animal,
            *self.CONFIGS,
        )

        assert shown(level) == {"": {"id"}, "subclasses": {"Dog": {"": {"trick"}}}}
        assert level.type_names == ()


class Entity(Base):
    __tablename__ = "entities"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("entities.id"))
    parent: Mapped["Entity | None"] = relationship(remote_side=id)

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "entity"}


ENTITIES = [
    type(name, (Entity,), {"__mapper_args__": {"polymorphic_identity": name}})
    for name in ("A", "B", "C", "D")
]


class TestManyTypes:
    """The work grows with levels and types, not with the paths through the types."""

    DOCUMENT = "{ents" + "{parent" * 8 + "{id}" + "}" * 8 + "}"

    @pytest.fixture
    def planned(self, info_of):
        fields = "{ id: ID parent: Entity }"
        schema = build_schema(
            f"type Query {{ ents: [Entity] }} interface Entity {fields}"
            + "".join(
                f" type {model.__name__} implements Entity {fields}"
                for model in ENTITIES
            )
        )

        def planned(limit, document=self.DOCUMENT, max_depth=99):
            types = TypeRegistry(
                [
                    TypeConfig(model.__name__, model, max_depth=max_depth)
                    for model in ENTITIES
                ]
            )
            selection = collect(info_of(schema, document))
            return plan(selection, Entity.__mapper__, types, limit=limit)

        return planned

    @pytest.fixture
    def fields(self, monkeypatch):
        """The fields that were planned for."""
        fields = []

        def counted(mapper, config, name, definition):
            fields.append((config.name, name))
            return reading_of_field(mapper, config, name, definition)

        monkeypatch.setattr("sqla_selection.level_planner.reading_of_field", counted)
        return fields

    def test_that_nest_too_deep_are_refused_soon(self, planned, fields):
        assert len(self.DOCUMENT) == 74
        with pytest.raises(DepthLimitError) as error:
            planned(DepthLimit(3, "Entity"))

        assert error.value.message == (
            "Query depth 4 exceeds max_depth=3 (set by 'Entity')."
        )
        assert fields == []  # the depth is checked before anything is planned

    @pytest.mark.parametrize("max_depth", [20, 99])
    def test_that_nest_deep_are_planned_once_for_each_level(
        self, planned, fields, max_depth
    ):
        level = planned(DepthLimit(20, "Entity"), max_depth=max_depth)

        assert len(fields) == len(ENTITIES)  # those below when somebody goes there
        for _ in range(8):
            assert shown(level).keys() == {"", "parent", "subclasses"}
            assert level.attributes == {"id", "parent_id"}
            level = level.edge("parent").target
        assert level.attributes == {"id"}
        assert not level.edges
        assert len(fields) == 9 * len(ENTITIES)

    def test_of_which_one_asks_for_more_get_that_too(self, planned):
        level = planned(
            None, "{ ents { parent { id } ... on D { parent { parent { id } } } } }"
        )

        target = level.edge("parent").target
        assert target.edge("parent").target.attributes == {"id"}


class TestTypes:
    def test_without_a_configuration_are_read_by_name(self, planned):
        assert shown(planned("{ posts { title author { id } } }", Post)) == {
            "": {"id", "title", "author_id"},
            "author": {"": {"id"}},
        }

    def test_on_one_model_have_their_own_configurations(self, info_of):
        schema = build_schema(
            """
            type Query { posts: [Post] }
            type Post { author: Author text: String }
            type Author { posts: [Draft] }
            type Draft { text: String }
            """
        )
        types = TypeRegistry(
            [
                TypeConfig("Post", Post, {"text": "title"}),
                TypeConfig("Draft", Post, {"text": "body"}),
            ]
        )
        info = info_of(schema, "{ posts { text author { posts { text } } } }")

        assert shown(plan(collect(info), Post.__mapper__, types)) == {
            "": {"id", "title", "author_id"},
            "author": {"": {"id"}, "posts": {"": {"id", "body"}}},
        }


class TestCache:
    def plan(self, schema, info_of, document, types, limit=None):
        selection = collect(info_of(schema, document))
        return plan(selection, User.__mapper__, types, limit=limit)

    def test_plans_the_same_selection_once(self, schema, info_of):
        types = TypeRegistry()
        one = self.plan(schema, info_of, "{ users { id } }", types)
        other = self.plan(schema, info_of, "query Q { users { ... { id } } }", types)

        assert one is other
        assert len(types.plans) == 1

    def test_plans_another_limit_anew(self, schema, info_of):
        types = TypeRegistry()
        document = "{ users { posts { id } } }"
        self.plan(schema, info_of, document, types, DepthLimit(2, "User"))

        with pytest.raises(DepthLimitError):
            self.plan(schema, info_of, document, types, DepthLimit(1, "User"))

    def test_plans_anew_when_a_configuration_changed(self, schema, info_of):
        types = TypeRegistry()
        document = "{ users { last_name } }"
        self.plan(schema, info_of, document, types)
        types.add(TypeConfig("User", User, {"last_name": "first_name"}))

        level = self.plan(schema, info_of, document, types)
        assert level.attributes == {"id", "first_name"}


class TestPlanField:
    def plan(self, schema, info_of, document):
        types = TypeRegistry([TypeConfig("User", User), TypeConfig("Post", Post)])
        [field] = collect(info_of(schema, document)).asked.fields["User"]
        return plan_field(types["User"], field, types)

    def test_of_a_column_is_that_column(self, schema, info_of):
        level = self.plan(schema, info_of, "{ users { firstName } }")

        assert shown(level) == {"": {"id", "first_name"}}

    def test_of_a_relationship_is_all_below_it(self, schema, info_of):
        level = self.plan(
            schema, info_of, "{ users { posts { author { posts { title } } } } }"
        )

        assert shown(level) == {
            "": {"id"},
            "posts": {
                "": {"id", "author_id"},
                "author": {"": {"id"}, "posts": {"": {"id", "title"}}},
            },
        }


class TestMerge:
    def test_loads_what_either_loads(self, planned):
        one = planned("{ users { firstName posts { title } } }", User)
        other = planned(
            "{ users { last_name mine: posts { body tags { id } } } }",
            User,
            TypeConfig("Post", Post, strategies={"tags": subqueryload}),
        )

        merged = merge(one, other)

        assert shown(merged) == {
            "": {"id", "first_name", "last_name"},
            "posts": {"": {"id", "title", "body"}, "tags": {"": {"id"}}},
        }
        posts = merged.edge("posts")
        assert posts.fields == ("posts", "mine")
        assert posts.target.edge("tags").strategy is subqueryload

    def test_keeps_subclasses(self, info_of):
        schema = build_schema(
            """
            type Query { animals: [Animal] }
            interface Animal { id: ID }
            type Dog implements Animal { id: ID trick: String }
            type Cat implements Animal { id: ID lives: Int }
            """
        )
        types = TypeRegistry([TypeConfig("Dog", Dog), TypeConfig("Cat", Cat)])

        def planned(document):
            selection = collect(info_of(schema, document))
            return plan(selection, Animal.__mapper__, types)

        merged = merge(
            planned("{ animals { ... on Dog { trick } } }"),
            planned("{ animals { ... on Cat { lives } } }"),
        )

        assert shown(merged) == {
            "": {"id"},
            "subclasses": {"Dog": {"": {"trick"}}, "Cat": {"": {"lives"}}},
        }


class TestReadingOfField:
    def needs(self, schema, name, **settings):
        definition = schema.type_map["Post"].fields[name]
        config = TypeConfig("Post", Post, **settings)
        return reading_of_field(Post.__mapper__, config, name, definition).needs

    def test_reads_the_attribute_of_its_name(self, schema):
        assert self.needs(schema, "title") == Needs(frozenset({"title"}))

    def test_reads_its_alias(self, schema):
        needs = self.needs(schema, "writer", aliases={"writer": "author"})

        assert needs == Needs(target=("author",))

    def test_reads_what_its_hint_says_whatever_it_reads_otherwise(self, schema):
        needs = self.needs(schema, "title", requires={"title": ["body"]})

        assert needs == Needs(frozenset({"body"}))


def test_a_strategy_that_is_a_function_of_ones_own_is_kept(planned):
    def strategy(attribute):
        return joinedload(attribute)

    config = TypeConfig("Post", Post, strategies={"author": strategy})
    level = planned("{ posts { author { id } } }", Post, config)

    assert level.edge("author").strategy is strategy
