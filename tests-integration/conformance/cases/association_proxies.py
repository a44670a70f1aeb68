"""Association proxies: to a column, to a relationship, and to no list."""

from ariadne import InterfaceType
from sqlalchemy import Column, ForeignKey, Table, select
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    attribute_keyed_dict,
    mapped_column,
    relationship,
)

from ..case import STRINGS, Case, Query, Root, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


recipe_keyword = Table(
    "recipe_keyword",
    Base.metadata,
    Column("recipe_id", ForeignKey("recipe.id"), primary_key=True),
    Column("keyword_id", ForeignKey("keyword.id"), primary_key=True),
)


class Recipe(Base):
    __tablename__ = "recipe"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    cook_id: Mapped[int | None] = mapped_column(ForeignKey("cook.id"))
    cook: Mapped["Cook | None"] = relationship(back_populates="recipes")
    keywords: Mapped[list["Keyword"]] = relationship(
        secondary=recipe_keyword, order_by="Keyword.id.desc()"
    )
    portions: Mapped[list["Portion"]] = relationship(
        back_populates="recipe", order_by="Portion.position"
    )
    remarks: Mapped[dict[str, "Remark"]] = relationship(
        collection_class=attribute_keyed_dict("topic"), order_by="Remark.id"
    )

    words: AssociationProxy[list[str]] = association_proxy("keywords", "name")
    ingredients: AssociationProxy[list["Ingredient"]] = association_proxy(
        "portions", "ingredient"
    )
    cook_name: AssociationProxy[str | None] = association_proxy("cook", "name")
    kitchen: AssociationProxy["Kitchen | None"] = association_proxy("cook", "kitchen")
    texts: AssociationProxy[dict[str, str]] = association_proxy("remarks", "text")


class Cook(Base):
    __tablename__ = "cook"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    life: Mapped[str]
    kitchen_id: Mapped[int | None] = mapped_column(ForeignKey("kitchen.id"))
    kitchen: Mapped["Kitchen | None"] = relationship()
    recipes: Mapped[list[Recipe]] = relationship(back_populates="cook")
    # A proxy to a proxy.
    words: AssociationProxy[list[list[str]]] = association_proxy("recipes", "words")


class Kitchen(Base):
    __tablename__ = "kitchen"
    id: Mapped[int] = mapped_column(primary_key=True)
    town: Mapped[str]
    oven: Mapped[str]


class Keyword(Base):
    __tablename__ = "keyword"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    meaning: Mapped[str]


class Portion(Base):
    __tablename__ = "serving"
    recipe_id: Mapped[int] = mapped_column(ForeignKey("recipe.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    ingredient_id: Mapped[int] = mapped_column(ForeignKey("ingredient.id"))
    grams: Mapped[int]
    recipe: Mapped[Recipe] = relationship(back_populates="portions")
    ingredient: Mapped["Ingredient"] = relationship()


class Ingredient(Base):
    __tablename__ = "ingredient"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    origin: Mapped[str]
    suppliers: Mapped[list["Supplier"]] = relationship()


class Supplier(Base):
    __tablename__ = "supplier"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    ingredient_id: Mapped[int] = mapped_column(ForeignKey("ingredient.id"))


class Remark(Base):
    __tablename__ = "remark"
    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str]
    text: Mapped[str]
    recipe_id: Mapped[int] = mapped_column(ForeignKey("recipe.id"))


class Menu(Base):
    """Its proxy goes through what each subclass has of its own."""

    __tablename__ = "menu"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    names: AssociationProxy[list[str]] = association_proxy("dishes", "name")
    __mapper_args__ = {"polymorphic_on": "kind"}


class Lunch(Menu):
    __tablename__ = "lunch"
    id: Mapped[int] = mapped_column(ForeignKey("menu.id"), primary_key=True)
    dishes: Mapped[list["Dish"]] = relationship(
        order_by="Dish.id", foreign_keys="Dish.lunch_id"
    )
    __mapper_args__ = {"polymorphic_identity": "lunch"}


class Dinner(Menu):
    __tablename__ = "dinner"
    id: Mapped[int] = mapped_column(ForeignKey("menu.id"), primary_key=True)
    dishes: Mapped[list["Dish"]] = relationship(
        order_by="Dish.id", foreign_keys="Dish.dinner_id"
    )
    __mapper_args__ = {"polymorphic_identity": "dinner"}


class Dish(Base):
    __tablename__ = "dish"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    taste: Mapped[str]
    lunch_id: Mapped[int | None] = mapped_column(ForeignKey("lunch.id"))
    dinner_id: Mapped[int | None] = mapped_column(ForeignKey("dinner.id"))


def seed_menus(session: Session, generation: int) -> None:
    start = generation * 100
    for number, menu in enumerate([Lunch, Dinner, Lunch, Dinner]):
        dishes = [
            Dish(id=start + number * 10 + place, name=f"dish {place}", taste="long")
            for place in range(number)
        ]
        session.add(menu(id=start + number, dishes=dishes))


def seed(session: Session, generation: int) -> None:
    seed_menus(session, generation)
    start = generation * 100
    keywords = [
        Keyword(id=start + number, name=f"word {number}", meaning="long")
        for number in range(3)
    ]
    ingredients = [
        Ingredient(
            id=start + number,
            name=f"ingredient {number}",
            origin="long",
            suppliers=[Supplier(id=start + number, name=f"supplier {number}")],
        )
        for number in range(3)
    ]
    kitchen = Kitchen(id=start, town="town", oven="long")
    cooks = [
        Cook(id=start, name="cook 0", life="long", kitchen=kitchen),
        Cook(id=start + 1, name="cook 1", life="long"),
        None,
    ]
    for number, cook in enumerate(cooks):
        recipe = Recipe(
            id=start + number, title=f"recipe {number}", text="long", cook=cook
        )
        recipe.keywords = keywords[number:]
        recipe.portions = [
            Portion(position=place, ingredient=ingredients[-place], grams=place)
            for place in range(number)
        ]
        for place in range(number):
            remark = Remark(
                id=start + number * 10 + place, topic=f"topic {place}", text=f"{place}"
            )
            recipe.remarks[remark.topic] = remark
        session.add(recipe)


SDL = """
    type Query {
        recipes(cook_name: String): [Recipe!]! cooks: [Cook!]!
        menus: [Menu!]!
    }
    interface Menu { names: [String!]! }
    type AnyMenu implements Menu { names: [String!]! }
    type Lunch implements Menu { names: [String!]! }
    type Dinner implements Menu { names: [String!]! }
    type Recipe {
        title: String! text: String!
        words: [String!]! ingredients: [Ingredient!]! cook_name: String
        kitchen: Kitchen texts: [String!]! portions: [Portion!]! cook: Cook
        parts: [Ingredient!]!
    }
    type Cook { name: String! life: String! recipes: [Recipe!]! }
    type Kitchen { town: String! oven: String! }
    type Portion { grams: Int! ingredient: Ingredient! }
    type Ingredient { name: String! origin: String! suppliers: [Supplier!]! }
    type Supplier { name: String! }
"""


def case(mapping: str, *queries: Query) -> Case:
    return Case(
        mapping=mapping,
        metadata=Base.metadata,
        seed=seed,
        types=[
            Type("Recipe", Recipe, aliases={"parts": "ingredients"}),
            Type("Cook", Cook),
            Type("Kitchen", Kitchen),
            Type("Portion", Portion),
            Type("Ingredient", Ingredient),
            Type("Supplier", Supplier),
            Type("AnyMenu", Menu, ordered=False),
            Type("Lunch", Lunch, ordered=False),
            Type("Dinner", Dinner, ordered=False),
        ],
        sdl=SDL,
        queries=queries,
        roots={"menus": Root(lambda: select(Menu).order_by(Menu.id))},
        bindables=[InterfaceType("Menu", lambda menu, *_: type(menu).__name__)],
    )


CASES = [
    case(
        "association proxies to a column",
        Query("{ recipes { title words } }", 2, unread=("meaning",)),
        Query("{ recipes { cook_name } }", 2, unread=("life",)),
        Query("{ recipes { texts title } }", 2),
        Query("{ cooks { name recipes { words texts } } }", 4, unread=("meaning",)),
    ),
    case(
        "association proxies to a relationship",
        Query("{ recipes { title ingredients { name } } }", 3, unread=("origin",)),
        Query("{ recipes { kitchen { town } cook { name } } }", 3, unread=("oven",)),
        Query(
            "{ recipes { words ingredients { name } } }",
            4,
            fault="an association proxy is planned",
        ),
        Query("{ recipes { parts { suppliers { name } } } }", 4, unread=("origin",)),
        Query(
            "{ cooks { recipes { ingredients { name } portions { grams } } } }",
            4,
            unread=("origin",),
        ),
        Query(
            "{ recipes { ingredients { name } portions { ingredient { origin } } } }",
            3,
        ),
    ),
    case(
        "association proxies through what subclasses have",
        Query("{ menus { names } }", 3, unread=("taste",)),
    ),
]
