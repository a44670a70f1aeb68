"""What a client sent for a column, as the column holds it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.orm import Mapper

from sqla_loaders import AnySession
from sqla_selection.arguments import ArgumentError, IdReader, as_it_is
from sqla_selection.arguments.errors import ArgumentPath
from sqla_selection.coercion import ANY, UnfitValueError, as_sent, coerced

from .bound import bound_to
from .holder import Holder

__all__ = ["ClientValues"]


class ClientValues:
    """Values that a client sent for columns of *mapper*.

    Args:
        mapper: Of the model.
        info: Of the running field: its schema says how ids are read. By default they
            are as they are.
        session: Its database says what a column can hold. By default only what none
            can hold is refused.
    """

    def __init__(
        self, mapper: Mapper[Any], info: Any = None, session: AnySession | None = None
    ) -> None:
        self._mapper = mapper
        self._reader_of: IdReader = (
            as_it_is if info is None else bound_to(info.schema).id_reader
        )
        self._dialect: Dialect = (
            ANY if session is None else Holder.of(session, mapper).dialect
        )

    def of(self, attribute: str, value: Any, path: ArgumentPath) -> Any:
        """Return *value* as the column of *attribute* holds it.

        Raises:
            ArgumentError: It cannot; *path* says where the value is.
        """
        read = self._reader_of(self._mapper, attribute)
        type_ = self._mapper.column_attrs[attribute].columns[0].type
        try:
            given = value if read is None else read(value)
            return coerced(given, type_, self._dialect)
        except UnfitValueError as error:
            why = f"is {as_sent(value)}, which is not {error}."
            raise ArgumentError(path, why) from error
