"""Many to many through a class of its own."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from ..case import STRINGS, Case, Query, Type


class Base(DeclarativeBase):
    type_annotation_map = STRINGS


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer: Mapped[str]
    lines: Mapped[list["Line"]] = relationship(back_populates="order")
    products: Mapped[list["Product"]] = relationship(
        secondary="line", viewonly=True, order_by="Product.name.desc()"
    )


class Line(Base):
    __tablename__ = "line"
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    quantity: Mapped[int]
    remark: Mapped[str]
    order: Mapped[Order] = relationship(back_populates="lines")
    product: Mapped["Product"] = relationship(back_populates="lines")


class Product(Base):
    __tablename__ = "product"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    manual: Mapped[str]
    lines: Mapped[list[Line]] = relationship(back_populates="product")


def seed(session: Session, generation: int) -> None:
    start = generation * 100
    products = [
        Product(id=start + number, name=f"product {number}", manual="long")
        for number in range(3)
    ]
    for number, chosen in enumerate(((0, 1), (2, 0), ())):
        session.add(
            Order(
                id=start + number,
                customer=f"customer {number}",
                lines=[
                    Line(product=products[place], quantity=place + 1, remark="long")
                    for place in chosen
                ],
            )
        )


CASES = [
    Case(
        mapping="association objects",
        metadata=Base.metadata,
        seed=seed,
        types=[Type("Order", Order), Type("Line", Line), Type("Product", Product)],
        sdl="""
            type Query { orders: [Order!]! products: [Product!]! lines: [Line!]! }
            type Order { customer: String! lines: [Line!]! products: [Product!]! }
            type Line {
                quantity: Int! remark: String! order: Order! product: Product!
            }
            type Product { name: String! manual: String! lines: [Line!]! }
        """,
        queries=[
            Query(
                "{ orders { customer lines { quantity product { name } } } }",
                3,
                unread=("remark", "manual"),
            ),
            Query("{ products { name lines { order { customer } } } }", 3),
            Query("{ orders { products { name lines { quantity } } } }", 3),
            Query("{ lines { order { customer } product { name } } }", 3),
        ],
    )
]
