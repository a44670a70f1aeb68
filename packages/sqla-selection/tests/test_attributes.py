from dataclasses import dataclass

import pytest
from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Table,
    TypeDecorator,
    func,
    inspect,
    select,
)
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.hybrid import hybrid_method, hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    KeyFuncDict,
    Mapped,
    attribute_keyed_dict,
    column_keyed_dict,
    column_property,
    composite,
    keyfunc_mapping,
    mapped_column,
    query_expression,
    relationship,
    synonym,
)

from sqla_selection.attributes import everything, has_sql, needs_of, needs_of_filling
from sqla_selection.mapping import plain_columns
from sqla_selection.needs import Needs


class Base(DeclarativeBase):
    pass


@dataclass
class Address:
    street: str
    city: str


post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("posts.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column("user_name")
    first: Mapped[str]
    last: Mapped[str]
    street: Mapped[str]
    city: Mapped[str]
    created_at: Mapped[str]
    biography: Mapped[str] = mapped_column(deferred=True)
    score: Mapped[int] = query_expression()
    posts: Mapped[list["Post"]] = relationship(back_populates="author")

    login = synonym("username")
    sign_in = synonym("login")
    writings = synonym("posts")
    address: Mapped[Address] = composite("street", "city")
    titles = association_proxy("posts", "title")
    tags = association_proxy("posts", "tags")
    tag_names = association_proxy("posts", "tag_names")

    @property
    def initials(self):
        return self.first[0] + self.last[0]

    @hybrid_property
    def full_name(self):
        return self.first + " " + self.last

    @hybrid_property
    def name_length(self):
        return len(self.first)

    @name_length.inplace.expression
    @classmethod
    def _name_length(cls):
        return func.length(cls.last)

    @hybrid_property
    def post_count(self):
        return len(self.posts)

    @post_count.inplace.expression
    @classmethod
    def _post_count(cls):
        counted = select(func.count(Post.id)).where(Post.author_id == cls.id)
        return counted.scalar_subquery()

    @hybrid_property
    def only_in_python(self):
        return f"{self.city.upper()} {len(self.posts)}"

    @hybrid_property
    def of_another_table(self):
        return self.first + Post.title

    @hybrid_method
    def lives_in(self, city):
        return self.city == city


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column()
    body: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship(back_populates="posts")
    tags: Mapped[list["Tag"]] = relationship(secondary=post_tags)
    shout: Mapped[str] = column_property(func.upper(title))
    tag_names = association_proxy("tags", "name")
    author_city = association_proxy("author", "city")
    author_titles = association_proxy("author", "titles")


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


user = User.__mapper__
post = Post.__mapper__


@pytest.fixture(autouse=True, scope="module")
def configured():
    Base.registry.configure()


USER_COLUMNS = {"id", "username", "first", "last", "street", "city", "created_at"}
POST_COLUMNS = {"id", "title", "body", "author_id", "shout"}


def columns(*names):
    return Needs(frozenset(names))


class TestNeedsOf:
    @pytest.mark.parametrize(
        ("name", "read"),
        [
            ("first", {"first"}),
            ("username", {"username"}),
            ("biography", {"biography"}),
            ("login", {"username"}),
            ("sign_in", {"username"}),
            ("address", {"street", "city"}),
            ("full_name", {"first", "last"}),
        ],
    )
    def test_what_stands_for_columns_needs_just_them(self, name, read):
        assert needs_of(user, name) == columns(*read)

    def test_a_column_property_needs_itself(self):
        assert needs_of(post, "shout") == columns("shout")

    @pytest.mark.parametrize("name", ["initials", "lives_in", "nowhere"])
    def test_what_is_no_attribute_needs_every_plain_column(self, name):
        assert needs_of(user, name) == columns(*USER_COLUMNS)

    @pytest.mark.parametrize("name", ["posts", "writings"])
    def test_a_relationship_leads_to_its_target(self, name):
        assert needs_of(user, name) == Needs(target=("posts",))

    def test_a_path_to_a_column_needs_it_of_the_target(self):
        assert needs_of(post, "author.username") == Needs(
            relationships=(("author", columns("username")),)
        )

    def test_a_path_to_a_derived_attribute_needs_its_columns(self):
        assert needs_of(post, "author.full_name") == Needs(
            relationships=(("author", columns("first", "last")),)
        )

    def test_a_path_to_a_relationship_leads_to_its_target(self):
        assert needs_of(post, "author.posts.tags") == Needs(
            target=("author", "posts", "tags")
        )

    def test_a_longer_path_nests(self):
        assert needs_of(user, "posts.author.city") == Needs(
            relationships=(
                ("posts", Needs(relationships=(("author", columns("city")),))),
            )
        )

    def test_a_proxy_of_a_column_needs_it_of_the_target(self):
        assert needs_of(user, "titles") == Needs(
            relationships=(("posts", columns("title")),)
        )
        assert needs_of(post, "author_city") == needs_of(post, "author.city")

    def test_a_proxy_of_a_relationship_leads_to_its_target(self):
        assert needs_of(user, "tags") == Needs(target=("posts", "tags"))

    def test_a_proxy_of_a_proxy_needs_what_that_one_needs(self):
        assert needs_of(user, "tag_names") == needs_of(user, "posts.tags.name")
        assert needs_of(post, "author_titles") == needs_of(post, "author.posts.title")


class TestHybrids:
    def test_with_an_expression_apart_need_both_sides(self):
        assert needs_of(user, "name_length") == columns("first", "last")

    def test_that_read_a_relationship_in_python_need_it_whole(self):
        assert needs_of(user, "post_count") == Needs(
            frozenset({"id"}), (("posts", columns(*POST_COLUMNS)),)
        )

    def test_without_an_expression_need_plain_columns_and_what_they_name(self):
        assert needs_of(user, "only_in_python") == Needs(
            frozenset(USER_COLUMNS), (("posts", columns(*POST_COLUMNS)),)
        )

    def test_with_columns_of_another_table_need_every_plain_column(self):
        assert needs_of(user, "of_another_table") == columns(*USER_COLUMNS)


def test_plain_columns_leave_out_what_does_not_load_by_itself():
    assert plain_columns(user) == USER_COLUMNS
    assert plain_columns(post) == POST_COLUMNS


class Kept:
    def __init__(self, title, author):
        self.title, self.author = title, author

    def __composite_values__(self):
        return self.title, self.author


class Shelf(Base):
    __tablename__ = "shelves"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column()
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author: Mapped[User] = relationship()
    odd = association_proxy("title", "nothing")


Shelf.kept = composite(Kept, Shelf.title, Shelf.author)


def test_a_composite_over_a_relationship_needs_it_and_what_it_may_read():
    assert needs_of(Shelf.__mapper__, "kept") == Needs(
        frozenset({"title"}),
        (("author", Needs(plain_columns(User.__mapper__))),),
    )


def test_an_association_proxy_that_cannot_be_read_needs_what_it_names():
    assert needs_of(Shelf.__mapper__, "odd") == columns("title")


class Link(Base):
    __tablename__ = "links"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    title = association_proxy("held", "title")
    __mapper_args__ = {"polymorphic_on": "kind"}  # noqa: RUF012


class UserLink(Link):
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    holder: Mapped["User | None"] = relationship()
    __mapper_args__ = {"polymorphic_identity": "user"}  # noqa: RUF012


class PostLink(Link):
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    held: Mapped["Post | None"] = relationship()
    __mapper_args__ = {"polymorphic_identity": "post"}  # noqa: RUF012


class Linked(Base):
    __tablename__ = "linked"

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("links.id"))
    link: Mapped[Link] = relationship()
    holder = association_proxy("link", "holder")


def test_an_association_proxy_to_an_attribute_of_subclasses_needs_it_of_their_rows():
    of_users = everything(inspect(User)).below("holder")
    link = Needs(frozenset({"id", "kind"}), subclasses=((inspect(UserLink), of_users),))

    assert needs_of(inspect(Linked), "holder") == link.below("link")


class Country(Base):
    __tablename__ = "countries"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Town(Base):
    __tablename__ = "towns"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    nick: Mapped[str | None]
    notes: Mapped[str] = mapped_column(deferred=True)
    country_id: Mapped[int] = mapped_column(ForeignKey("countries.id"))
    country: Mapped[Country] = relationship(lazy="joined")
    streets: Mapped[dict[str, "Street"]] = relationship(
        collection_class=attribute_keyed_dict("label"), back_populates="town"
    )
    streets_by_country: Mapped[dict[str, "Street"]] = relationship(
        collection_class=keyfunc_mapping(lambda street: street.town.country.name),
        viewonly=True,
    )
    streets_by_anything: Mapped[dict[str, "Street"]] = relationship(
        collection_class=lambda: KeyFuncDict(str), viewonly=True
    )

    loud = synonym("name", descriptor=property(lambda self: self.name + self.notes))

    @hybrid_property
    def shown(self):
        return self.nick or self.label

    @shown.inplace.expression
    @classmethod
    def _shown(cls):
        return cls.nick

    @property
    def label(self):
        return f"{self.country.name}: {self.name}"

    @property
    def unknown(self):
        return str(vars(self))

    @property
    def endless(self):
        return self.name if self.nick else self.endless


class Street(Base):
    __tablename__ = "streets"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    town_id: Mapped[int] = mapped_column(ForeignKey("towns.id"))
    town: Mapped[Town] = relationship(back_populates="streets", lazy="selectin")

    @property
    def label(self):
        return self.town.name


Town.streets_by_id = relationship(
    Street, collection_class=column_keyed_dict(Street.__table__.c.id), viewonly=True
)
town = Town.__mapper__
TOWN = frozenset({"id", "name", "nick", "country_id"})
COUNTRY = Needs(frozenset({"id", "name"}))


class Part(Base):
    __tablename__ = "parts"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    maker: Mapped[str]
    whole_id: Mapped[int | None] = mapped_column(ForeignKey("parts.id"))
    whole: Mapped["Part | None"] = relationship(remote_side=id)
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "part"}  # noqa: RUF012

    @property
    def path(self):
        return f"{self.whole.path}/{self.name}"

    @hybrid_property
    def odd(self):
        return self.even

    @hybrid_property
    def even(self):
        return self.odd

    @hybrid_property
    def shown(self):
        return self.name

    @property
    def described(self):
        return self.shown.upper()

    @property
    def top(self):
        top = self.whole
        return top.name


class Screw(Part):
    town_id: Mapped[int | None] = mapped_column(ForeignKey("towns.id"))
    town: Mapped[Town] = relationship(viewonly=True)
    __mapper_args__ = {"polymorphic_identity": "screw"}  # noqa: RUF012

    @hybrid_property
    def shown(self):
        return self.town.name


class Room(Base):
    __tablename__ = "rooms"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    above_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    above: Mapped["Room | None"] = relationship(remote_side=id)
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "room"}  # noqa: RUF012


class Cellar(Room):
    __mapper_args__ = {"polymorphic_identity": "cellar"}  # noqa: RUF012
    name = property(lambda self: self.above and f"below {self.above.name}")


part, screw = inspect(Part), inspect(Screw)
PART = frozenset({"id", "kind", "name", "maker", "whole_id"})


class TestCodeThatComesBack:
    def test_to_itself_on_another_object_ends_there(self):
        assert needs_of(part, "path") == Needs(PART, (("whole", Needs(PART)),))

    def test_by_way_of_another_hybrid_ends(self):
        assert needs_of(part, "odd") == Needs(PART)


class TestCodeOfASubclass:
    def test_in_place_of_a_column_that_comes_back_to_it_ends(self):
        room, cellar = inspect(Room), inspect(Cellar)
        above = (
            ("above", Needs(plain_columns(room))),
            ("above", Needs(frozenset({"name"}))),
        )

        assert needs_of(room, "name") == Needs(
            frozenset({"name"}), subclasses=((cellar, Needs(relationships=above)),)
        )

    def test_in_place_of_a_column_is_read_by_what_reads_every_column(self):
        room = inspect(Room)

        assert everything(room).subclasses == needs_of(room, "name").subclasses

    def test_in_place_of_its_bases_is_read_for_its_rows(self):
        [(mapper, needs)] = needs_of(part, "shown").subclasses

        assert needs_of(part, "shown").attributes == {"name"}
        assert mapper is screw
        assert needs.relationships == (("town", Needs(frozenset({"name"}))),)

    def test_that_code_of_the_base_calls_is_read_for_its_rows(self):
        [(mapper, needs)] = needs_of(part, "described").subclasses

        assert mapper is screw
        assert needs.relationships == (("town", Needs(frozenset({"name"}))),)

    def test_that_inherits_all_needs_nothing_more(self):
        assert needs_of(part, "top").subclasses == ()
        assert needs_of(part, "path").subclasses == ()


class TestCode:
    def test_that_keeps_an_object_in_a_variable_reads_through_it(self):
        assert needs_of(part, "top") == Needs(
            PART, (("whole", Needs(frozenset({"name"}))),)
        )

    def test_of_a_hybrid_is_read_with_what_it_calls(self):
        assert needs_of(town, "shown") == Needs(
            frozenset({"nick", "name"}),
            (("country", Needs(frozenset({"name"}))),),
        )

    def test_of_a_property_adds_relationships_to_plain_columns(self):
        assert needs_of(town, "label") == Needs(
            TOWN, (("country", Needs(frozenset({"name"}))),)
        )

    def test_that_says_nothing_may_read_all_that_loads_by_itself(self):
        assert needs_of(town, "unknown") == everything(town)
        assert everything(town) == Needs(TOWN, (("country", COUNTRY),))

    def test_that_calls_itself_ends(self):
        assert needs_of(town, "endless") == Needs(TOWN)

    def test_of_a_synonym_with_a_descriptor_is_what_it_runs(self):
        assert needs_of(town, "loud") == Needs(TOWN | {"notes"})


class TestHybridsOverJson:
    """The SQL expression of a JSON column has elements without end."""

    @pytest.fixture
    def mapper(self):
        class Own(DeclarativeBase):
            pass

        class Kept(TypeDecorator):
            impl = JSON
            cache_ok = True

        class Ticket(Own):
            __tablename__ = "tickets"
            id: Mapped[int] = mapped_column(primary_key=True)
            title: Mapped[str]
            tags: Mapped[list] = mapped_column(JSON)
            marks: Mapped[list] = mapped_column(Kept)
            notes: Mapped[list] = mapped_column(JSON, deferred=True)

            @hybrid_property
            def names(self):
                return [tag["name"] for tag in self.tags]

            @hybrid_property
            def stars(self):
                return sorted(self.marks)

            @hybrid_property
            def first_name(self):
                return self.names[0]

            @hybrid_property
            def anything(self):
                return _all_of(self)

            @hybrid_property
            def count(self):
                return len([*self.tags])

            @count.inplace.expression
            @classmethod
            def _count(cls):
                return func.json_array_length(cls.tags)

            @hybrid_property
            def loud(self):
                return self.title + "!"

        return inspect(Ticket)

    @pytest.mark.parametrize("name", ["names", "stars", "first_name", "anything"])
    def test_are_not_asked_for_sql_that_may_never_end(self, mapper, name):
        assert needs_of(mapper, name).attributes == {"id", "title", "tags", "marks"}
        assert not has_sql(mapper, mapper.all_orm_descriptors[name])

    @pytest.mark.parametrize(("name", "read"), [("count", "tags"), ("loud", "title")])
    def test_are_asked_where_it_ends(self, mapper, name, read):
        assert needs_of(mapper, name).attributes == {read}
        assert has_sql(mapper, mapper.all_orm_descriptors[name])


def _all_of(ticket):
    return [*ticket.notes]


def test_what_loads_by_itself_ends_where_it_comes_back():
    street = Street.__mapper__
    below = Needs(TOWN, (("country", COUNTRY),))

    assert everything(street) == Needs(plain_columns(street), (("town", below),))


class TestFilling:
    street = plain_columns(inspect(Street))

    def test_a_list_reads_nothing(self):
        assert needs_of_filling(User.posts.property) == Needs()

    def test_a_dict_reads_what_the_key_reads(self):
        town = Needs(frozenset({"name"}))
        needs = needs_of_filling(Town.streets.property)

        assert needs.attributes == self.street
        assert needs.relationships == (("town", town),)

    def test_a_dict_by_a_function_reads_what_that_reads(self):
        needs = needs_of_filling(Town.streets_by_country.property)

        country = Needs(relationships=(("country", Needs(frozenset({"name"}))),))
        assert needs == Needs(self.street, (("town", country),))

    def test_a_dict_by_a_column_reads_columns(self):
        assert needs_of_filling(Town.streets_by_id.property) == Needs(self.street)

    def test_anything_else_may_read_all_that_loads_by_itself(self):
        needs = needs_of_filling(Town.streets_by_anything.property)

        assert needs == everything(Street.__mapper__)


def test_an_association_proxy_through_what_a_subclass_has_needs_it_of_its_rows():
    held = columns("title").below("held")
    link = Needs(frozenset({"id", "kind"}), subclasses=((inspect(PostLink), held),))

    assert needs_of(inspect(Link), "title") == link
    assert needs_of(inspect(PostLink), "title") == held
