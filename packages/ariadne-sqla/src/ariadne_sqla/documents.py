"""Parsed and validated documents, kept from one request to the next."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ariadne.validation.introspection_disabled import IntrospectionDisabledRule
from graphql import (
    NoDeprecatedCustomRule,
    NoSchemaIntrospectionCustomRule,
    parse,
    specified_rules,
    validate,
)

if TYPE_CHECKING:
    from graphql import (
        ASTValidationRule,
        DocumentNode,
        GraphQLError,
        GraphQLSchema,
        TypeInfo,
    )

__all__ = ["DocumentCache"]

_PURE_RULES = frozenset(
    {
        *specified_rules,
        IntrospectionDisabledRule,
        NoDeprecatedCustomRule,
        NoSchemaIntrospectionCustomRule,
    }
)


@dataclass
class _Entry:
    document: DocumentNode
    valid: WeakKeyDictionary[GraphQLSchema, set[frozenset[type[ASTValidationRule]]]] = (
        field(default_factory=WeakKeyDictionary)
    )
    """The rule sets that the document has passed, for each schema."""


class DocumentCache:
    """Parsed documents and their validation, least recently used thrown out first.

    `parse` and `validate` are made for Ariadne's `query_parser` and
    `query_validator`; give both of one cache to the same application:

        documents = DocumentCache()
        app = GraphQL(
            schema,
            query_parser=documents.parse,
            query_validator=documents.validate,
        )

    The same text gives the same `DocumentNode` object for as long as it is kept, so
    that whatever is cached by its identity is found again; don't change it. Texts
    are compared as they are: send values as variables, or each value is a document
    of its own. A syntax error is not kept.

    That a document is valid is remembered for one schema, told by its identity, and
    one set of rules. Errors are not remembered: an invalid document is validated
    each time, so that its errors are new objects, which an error formatter or an
    extension may change.

    Remembered are only rules whose verdict depends on schema and document alone:
    those of graphql-core, Ariadne's `IntrospectionDisabledRule`, and what
    `pure_rules` names. Every other rule runs on each request, alone where the
    document is known to pass the rest: it may look at the variables, the user, or
    anything else of the request, as `cost_validator(variables=...)` does, and a
    class that is made anew for each request leaves nothing behind.

    One cache may serve several schemas and threads.

    Args:
        max_size: How many documents are kept. 0 keeps none and validates each time.
        max_characters: How long the texts of all kept documents are together. A
            document takes 100 to 300 bytes of memory for each character of its text,
            so this is what bounds the memory: 150 MB at most by default. A text
            longer than a fiftieth of it (10,000 characters by default) is never
            kept, so that a few long ones cannot push out the rest.
        pure_rules: Validation rules of your own whose verdict depends on schema and
            document alone, for example `cost_validator(100)` made once, without
            variables.

    Raises:
        ValueError: `max_size` or `max_characters` is negative.

    """

    def __init__(
        self,
        max_size: int = 1000,
        *,
        max_characters: int = 500_000,
        pure_rules: Collection[type[ASTValidationRule]] = (),
    ) -> None:
        if max_size < 0 or max_characters < 0:
            msg = (
                "max_size and max_characters must be 0 or more, "
                f"not {max_size!r} and {max_characters!r}."
            )
            raise ValueError(msg)
        self.max_size = max_size
        self.max_characters = max_characters
        self.pure_rules = _PURE_RULES.union(pure_rules)
        self._lock = Lock()
        self._characters = 0
        self._by_text: OrderedDict[str, _Entry] = OrderedDict()
        # Its documents are alive in _by_text, so that no id can be that of another.
        self._by_id: dict[int, _Entry] = {}

    def __len__(self) -> int:
        """How many documents are kept."""
        return len(self._by_text)

    def clear(self) -> None:
        """Forget every document."""
        with self._lock:
            self._by_text.clear()
            self._by_id.clear()
            self._characters = 0

    def parse(self, context_value: Any, data: dict[str, Any]) -> DocumentNode:
        """Return the document of `data["query"]`.

        Raises:
            GraphQLSyntaxError: It is not a GraphQL document.

        """
        text: str = data["query"]
        with self._lock:
            if entry := self._by_text.get(text):
                self._by_text.move_to_end(text)
                return entry.document
        document = parse(text)
        if len(text) > self.max_characters // 50:
            return document
        with self._lock:
            # Another thread may have parsed the same text in the meantime.
            if entry := self._by_text.get(text):
                return entry.document
            self._by_text[text] = self._by_id[id(document)] = _Entry(document)
            self._characters += len(text)
            while (
                len(self._by_text) > self.max_size
                or self._characters > self.max_characters
            ):
                oldest, entry = self._by_text.popitem(last=False)
                del self._by_id[id(entry.document)]
                self._characters -= len(oldest)
        return document

    def validate(
        self,
        schema: GraphQLSchema,
        document_ast: DocumentNode,
        rules: Collection[type[ASTValidationRule]] | None = None,
        max_errors: int | None = None,
        type_info: TypeInfo | None = None,
    ) -> list[GraphQLError]:
        """Return the validation errors of a document, none if it is valid.

        As `graphql.validate`, which it calls for whatever is not remembered, such as
        a document that did not come from `parse`.
        """
        if rules is None:
            rules = specified_rules
        # graphql-core 3.3 has no type_info.
        options: dict[str, Any] = {} if type_info is None else {"type_info": type_info}
        # No lock: each access of a dict or set below is atomic, and a document that
        # another thread throws out meanwhile only has its verdict forgotten.
        entry = self._by_id.get(id(document_ast))
        if entry is None:
            return validate(schema, document_ast, rules, max_errors, **options)
        pure_rules = self.pure_rules.intersection(rules)
        if pure_rules in entry.valid.get(schema, ()):
            rules = [rule for rule in rules if rule not in pure_rules]
            if not rules:
                return []
            return validate(schema, document_ast, rules, max_errors, **options)
        errors = validate(schema, document_ast, rules, max_errors, **options)
        if not errors:
            entry.valid.setdefault(schema, set()).add(pure_rules)
        return errors
