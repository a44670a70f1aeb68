"""Runs a case: its naive answer, then every path and mode against it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from inspect import isawaitable
from typing import Any, Literal, TypeAlias, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from anyio import to_thread
from ariadne import QueryType, graphql, graphql_sync, make_executable_schema
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    Visitor,
    get_named_type,
    parse,
    validate,
    visit,
)
from sqlalchemy import Integer, Uuid, inspect
from sqlalchemy.ext.associationproxy import AssociationProxy
from sqlalchemy.orm import Mapper, RelationshipProperty, Session

from ariadne_sqla import (
    DocumentCache,
    SerializedAsyncSession,
    SQLAlchemyDataLoaderExtension,
    SQLAlchemyDebugExtension,
    SQLAlchemyExecutionContext,
    SQLAlchemyObjectType,
    SQLAlchemyQueryType,
    auto_eager_load,
    use_route,
)
from ariadne_sqla.verify.comparison import most_rows
from sqla_loaders.testing import Statements, count_statements

from .case import Case, Query, Root, Type
from .naive import NaiveObjectType, attribute_of, gives_list

T = TypeVar("T")

_documents = DocumentCache()
_valid: WeakKeyDictionary[GraphQLSchema, set[str]] = WeakKeyDictionary()
"""The texts that are valid on a schema."""

_LITERAL = re.compile(r"'[^']*'")

PATHS = ("eager", "fallback")
MODES = ("graphql_sync", "Session in a loop", "AsyncSession")
"""The ways to run a request, which may all be on the same rows."""

Completion: TypeAlias = Literal["graphql-core", "closures", "json"]
"""Who makes the response: graphql-core field by field, or
`SQLAlchemyExecutionContext`, by functions alone, or by the database where it can."""

COMPLETIONS: Sequence[Completion] = ("graphql-core", "closures", "json")
JSON = "The statement is the finished JSON."
NO_JSON = ("No JSON: ", "The field has its own", "The field has a resolver")
"""What debugging tells of a root field, and the beginnings of why it is none."""


@dataclass(frozen=True)
class Answer:
    """What a request gave, and the statements that it took."""

    data: Any
    errors: Sequence[Any]
    statements: Sequence[str]
    reasons: Mapping[str, Sequence[str]]
    """Response key of a root field → why each of its statements was what it is; of
    answers by JSON alone."""

    rows: int
    """Rows that all statements fetched."""


class _OrderedObjectType(SQLAlchemyObjectType):
    """The library's type, with root rows in the order of the case."""

    rows: Callable[[], Any]

    def get_base_query(self, info: Any, **kwargs: Any) -> Any:
        return self.rows()


def _object_type(declared: Type) -> SQLAlchemyObjectType:
    kind = _OrderedObjectType if declared.ordered else SQLAlchemyObjectType
    object_type = kind(
        declared.name,
        declared.model,
        aliases=dict(declared.aliases),
        strategies=dict(declared.strategies),
        requires={key: list(value) for key, value in declared.requires.items()},
        max_depth=declared.max_depth,
    )
    if isinstance(object_type, _OrderedObjectType):
        object_type.rows = declared.rows
    for field, resolver in {**declared.resolvers, **declared.served}.items():
        object_type.set_field(field, resolver)
    return object_type


def once(make: Callable[[Case], T]) -> Callable[[Case], T]:
    """Keep on a case what *make* makes of it, for as long as the case is there."""

    def made(case: Case) -> T:
        if make not in case.made:
            case.made[make] = make(case)
        value: T = case.made[make]
        return value

    return made


@once
def bare_schema(case: Case) -> GraphQLSchema:
    """The types of the case, without the resolvers of any path."""
    return _schema(case, [])


@once
def naive_schema(case: Case) -> GraphQLSchema:
    """Plain resolvers for every field."""
    types = [NaiveObjectType(case, declared) for declared in case.types]
    return _schema(case, [_manual_query(case, naive=True), *types, *case.naive])


def schemas(case: Case) -> dict[str, GraphQLSchema]:
    """The library's schema for each path, and for the third way to plan ahead."""
    return {path: schema_of(case, path) for path in (*PATHS, "auto")}


def schema_of(case: Case, path: str) -> GraphQLSchema:
    """The library's schema for one of them."""
    return _SCHEMAS[path](case)


@once
def _eager_schema(case: Case) -> GraphQLSchema:
    types = _object_types(case)
    query = SQLAlchemyQueryType(types)
    for name, root in case.roots.items():
        if root.always:
            query.set_field(name, _manual(root, naive=False))
    return _schema(case, [query, *types])


@once
def _fallback_schema(case: Case) -> GraphQLSchema:
    query = _manual_query(case, naive=False)
    return _schema(case, [query, *_object_types(case)])


@once
def _auto_schema(case: Case) -> GraphQLSchema:
    query = _manual_query(case, naive=False, auto=True)
    return _schema(case, [query, *_object_types(case)])


_SCHEMAS = {"eager": _eager_schema, "fallback": _fallback_schema, "auto": _auto_schema}


def _object_types(case: Case) -> list[SQLAlchemyObjectType]:
    return [_object_type(declared) for declared in case.types]


def _schema(case: Case, bindables: Sequence[Any]) -> GraphQLSchema:
    return make_executable_schema(
        case.sdl,
        *case.first,
        *bindables,
        *case.bindables,
        convert_names_case=case.convert_names_case,
    )


def _manual_query(case: Case, *, naive: bool, auto: bool = False) -> QueryType:
    """Resolvers that run a select of their own and return what it gives.

    With *auto*, they ask for what the client selected before they run it.
    """
    query = QueryType()
    fields = bare_schema(case).query_type
    assert fields is not None
    by_name = {declared.name: declared for declared in case.types}
    for name, field in fields.fields.items():
        declared = by_name.get(get_named_type(field.type).name)
        root = case.roots.get(name)
        if root is None:
            assert declared is not None, f"Query.{name} has no Root in its case."
            root = Root(_filtered(case, declared))
        planned = auto and not root.always
        query.set_field(name, _manual(root, naive=naive, auto=planned))
    return query


def _filtered(case: Case, declared: Type) -> Callable[..., Any]:
    """Rows of a type whose columns equal the arguments."""

    def statement(**arguments: Any) -> Any:
        rows = declared.rows()
        for name, value in arguments.items():
            column = getattr(declared.model, attribute_of(case, declared, name))
            rows = rows.where(_equals(column, value))
        return rows

    return statement


def _equals(column: Any, value: Any) -> Any:
    if isinstance(value, list):
        return column.in_([_converted(column, member) for member in value])
    return column == _converted(column, value)


def _converted(column: Any, value: Any) -> Any:
    """The value of an argument: GraphQL has IDs as strings."""
    if value is None:
        return None
    if isinstance(column.type, Integer):
        return int(value)
    return UUID(value) if isinstance(column.type, Uuid) else value


def _manual(root: Root, *, naive: bool, auto: bool = False) -> Callable[..., Any]:
    def resolve(_parent: Any, info: Any, **arguments: Any) -> Any:
        statement = root.statement(**arguments)
        if auto:
            model = statement.column_descriptions[0]["entity"]
            statement = auto_eager_load(statement, info, model, max_depth=10)
        if not naive:
            statement = statement.options(*root.options)
        shape = None if naive else root.shape

        def rows(result: Any) -> Any:
            objects = result.scalars().unique().all()
            if shape is not None:
                objects = [shape(row) for row in objects]
            if gives_list(info.return_type):
                return objects
            return objects[0] if objects else None

        result = info.context["session"].execute(statement)
        if not isawaitable(result):
            return rows(result)

        async def awaited() -> Any:
            return rows(await result)

        return awaited()

    return resolve


def answer_sync(
    schema: GraphQLSchema,
    query: Query,
    sessions: Any,
    *,
    completion: Completion = "graphql-core",
) -> Answer:
    """Answer without an event loop."""
    with sessions() as session, count_statements(session.get_bind()) as statements:
        response = response_sync(schema, query, session, completion=completion)
    return _answer(response, statements)


def response_sync(
    schema: GraphQLSchema,
    query: Query,
    session: Any,
    *,
    completion: Completion = "graphql-core",
) -> Any:
    """Run a request without an event loop, whose document is parsed anew."""
    with _on_route(completion):
        _, response = graphql_sync(
            schema,
            query_validator=_validated_once,
            **_request(query, session, completion),
        )
    return response


def _validated_once(
    schema: GraphQLSchema,
    document_ast: DocumentNode,
    rules: Any = None,
    *_: Any,
    **__: Any,
) -> list[GraphQLError]:
    """Validate what is no matter of the paths: a text, once for a schema."""
    assert document_ast.loc is not None
    text, valid = document_ast.loc.source.body, _valid.setdefault(schema, set())
    if text in valid:
        return []
    errors = validate(schema, document_ast, rules)
    if not errors:
        valid.add(text)
    return errors


async def response_async(
    schema: GraphQLSchema,
    query: Query,
    session: Any,
    *,
    completion: Completion = "graphql-core",
) -> Any:
    """Run a request in an event loop, with what is cached from earlier ones."""
    with _on_route(completion):
        _, response = await graphql(
            schema,
            query_parser=_documents.parse,
            query_validator=_documents.validate,
            **_request(query, session, completion),
        )
    return response


async def answer_async(
    schema: GraphQLSchema,
    query: Query,
    sessions: Any,
    engine: Any,
    *,
    completion: Completion = "graphql-core",
) -> Answer:
    """Answer in an event loop, on a Session or an AsyncSession."""
    session = sessions()
    try:
        with count_statements(engine) as statements:
            response = await response_async(
                schema, query, session, completion=completion
            )
    finally:
        await finished(session.close())
    return _answer(response, statements)


async def answer_in(
    mode: str,
    database: Any,
    schema: GraphQLSchema,
    query: Query,
    path: str,
    *,
    completion: Completion = "graphql-core",
) -> Answer:
    """Answer in one of `MODES`, on a database whose driver is asynchronous."""
    if mode != "AsyncSession":
        database = replace(database, async_engine=None)
    session_factory = sessions(database, query, path)
    if mode == "graphql_sync":
        answer = partial(answer_sync, completion=completion)
        return await to_thread.run_sync(answer, schema, query, session_factory)
    engine = database.counted_engine
    return await answer_async(
        schema, query, session_factory, engine, completion=completion
    )


async def finished(value: Any) -> Any:
    """What a method of a Session or an AsyncSession gives."""
    return await value if isawaitable(value) else value


def sessions(
    database: Any, query: Query, path: str, session_class: type[Session] = Session
) -> Any:
    """The session factory of an application that asks this query."""
    if not database.is_async:
        return database.session_factory(class_=session_class)
    options: dict[str, Any] = {"sync_session_class": session_class}
    # Manual resolvers run statements of their own beside each other.
    if path != "eager" and _has_siblings(query):
        options["class_"] = SerializedAsyncSession
    return database.session_factory(**options)


def _has_siblings(query: Query) -> bool:
    operation = parse(query.document).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return len(operation.selection_set.selections) > 1


def _on_route(completion: Completion) -> AbstractContextManager[None]:
    return use_route("objects") if completion == "closures" else nullcontext()


def _request(query: Query, session: Any, completion: Completion) -> dict[str, Any]:
    extensions: list[Any] = [SQLAlchemyDataLoaderExtension]
    if completion == "json":  # what declines is of graphql-core then, and tells why
        extensions.append(SQLAlchemyDebugExtension())
    by_ours = completion != "graphql-core"
    return {
        "execution_context_class": SQLAlchemyExecutionContext if by_ours else None,
        "data": {"query": query.document, "variables": dict(query.variables)},
        "context_value": {"session": session},
        "extensions": extensions,
        "debug": True,  # errors with the traceback of where they were raised
    }


def _answer(response: Mapping[str, Any], statements: Statements) -> Answer:
    reasons: dict[str, list[str]] = {}
    shown = response.get("extensions", {}).get("sqla", {"fields": []})
    for entry in shown["fields"]:
        if "why" in entry and len(entry["path"]) == 1:
            reasons.setdefault(entry["path"][0], []).append(entry["why"])
    return Answer(
        response.get("data"),
        response.get("errors", ()),
        [str(statement) for statement in statements],
        reasons,
        sum(statement.rows or 0 for statement in statements),
    )


def normalised(case: Case, query: Query, data: Any) -> Any:
    """The data, with lists sorted where neither path owes an order."""
    keys = _unordered_keys(case, query.document)

    def sort(value: Any, key: str | None = None) -> Any:
        if isinstance(value, dict):
            return {name: sort(member, name) for name, member in value.items()}
        if isinstance(value, list):
            members = [sort(member) for member in value]
            return sorted(members, key=_as_json) if key in keys else members
        return value

    return sort(data)


def _unordered_keys(case: Case, document: str) -> set[str]:
    """The response keys of lists that have no order."""
    known: set[str] | None = case.made.get(document)
    if known is not None:
        return known
    unordered = _unordered_fields(case)
    keys: set[str] = set()
    case.made[document] = keys

    class Keys(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            if node.name.value in unordered:
                keys.add(node.alias.value if node.alias else node.name.value)

    visit(parse(document), Keys())
    return keys


@once
def _unordered_fields(case: Case) -> set[str]:
    schema = bare_schema(case)
    by_name = {declared.name: declared for declared in case.types}
    assert schema.query_type is not None
    unordered = set()
    for name, field in schema.query_type.fields.items():
        root, declared = (
            case.roots.get(name),
            by_name.get(get_named_type(field.type).name),
        )
        if not (declared.ordered if declared else root and root.always):
            unordered.add(name)
    for declared in case.types:
        graphql_type = schema.type_map[declared.name]
        assert isinstance(graphql_type, GraphQLObjectType)
        for name in graphql_type.fields:
            relationship = _relationship(
                inspect(declared.model), attribute_of(case, declared, name)
            )
            if relationship is not None and not relationship.order_by:
                unordered.add(name)
    return unordered


def _relationship(
    mapper: Mapper[Any], attribute: str
) -> RelationshipProperty[Any] | None:
    if attribute in mapper.synonyms:
        attribute = mapper.synonyms[attribute].name
    described = mapper.all_orm_descriptors.get(attribute)
    if isinstance(described, AssociationProxy):
        attribute = described.target_collection
    return mapper.relationships.get(attribute)


def nothing_given(data: Any) -> set[str]:
    """The response keys that hold nothing but null and empty lists."""
    given: set[str] = set()
    seen: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for member in value:
                walk(member)
        elif isinstance(value, dict):
            for key, member in value.items():
                seen.add(key)
                if member is not None and member != []:
                    given.add(key)
                walk(member)

    walk(data)
    return seen - given


def first_given(data: Any) -> Any:
    """The first thing that the first field gives."""
    given = next(iter(data.values()))
    return given[0] if isinstance(given, list) else given


def compare(case: Case, query: Query, expected: Answer, answer: Answer) -> None:
    """Fail unless the data are the same."""
    __tracebackhide__ = True
    same = normalised(case, query, answer.data) == normalised(
        case, query, expected.data
    )
    if answer.errors or not same:
        raise AssertionError(_report("Another answer.", query, expected, answer))


def check_statements(
    query: Query,
    path: str,
    expected: Answer,
    answer: Answer,
    at_most: int | None = None,
) -> None:
    """Fail if there are more statements than promised, or ones that read too much.

    That is columns that nobody asked for, or more rows than lazy loading fetches, and
    as many again: see `most_rows`.
    """
    __tracebackhide__ = True
    bound = query.statements
    if path == "fallback" and query.fallback is not None:
        bound = query.fallback
    sent = len(answer.statements)
    if sent > bound:
        reason = f"{sent} statements instead of {bound}."
        raise AssertionError(_report(reason, query, expected, answer))
    if at_most is not None and sent > at_most:
        reason = f"{sent} statements for three times the rows, {at_most} before."
        raise AssertionError(_report(reason, query, expected, answer))
    most = most_rows(expected.rows, expected.data, len(answer.statements))
    if answer.rows > most:
        reason = (
            f"{answer.rows} rows were fetched, {most} may be: "
            f"lazy loading fetches {expected.rows}."
        )
        raise AssertionError(_report(reason, query, expected, answer))
    # The first statement of a manual resolver is its own affair.
    planned = answer.statements[1:] if path == "fallback" else answer.statements
    for word in query.unread:
        # Values are no columns: the JSON of SQLite asks for a type named `text`.
        texts = [
            _LITERAL.sub("", statement.partition("\nparameters:")[0])
            for statement in planned
        ]
        if any(word in words(statement) for statement in texts):
            reason = f"{word!r} was read."
            raise AssertionError(_report(reason, query, expected, answer))


def check_json(query: Query, expected: Answer, answer: Answer) -> bool:
    """Fail unless each root field is one statement, or tells why it is none.

    Returns:
        Whether all are one statement each.

    """
    __tracebackhide__ = True
    whole = 0
    for key, whys in answer.reasons.items():
        if whys == [JSON]:
            whole += 1
        elif not any(why.startswith(NO_JSON) for why in whys):
            reason = f"{key} is no JSON, and does not say why not: {whys}"
            raise AssertionError(_report(reason, query, expected, answer))
    if whole < len(answer.reasons):
        if query.is_json:
            reason = f"It is no JSON: {answer.reasons}"
            raise AssertionError(_report(reason, query, expected, answer))
        return False
    if len(answer.statements) != whole:
        reason = f"{len(answer.statements)} statements for {whole} root fields."
        raise AssertionError(_report(reason, query, expected, answer))
    return True


def words(statement: str) -> Iterator[str]:
    """The names that a statement is made of."""
    word = ""
    for character in statement + " ":
        if character.isalnum() or character == "_":
            word += character
        elif word:
            yield word
            word = ""


def _report(reason: str, query: Query, expected: Answer, answer: Answer) -> str:
    errors = "".join(
        f"\n{error['message']} at {error.get('path')}\n"
        + "\n".join(_stacktrace(error.get("extensions") or {})[-12:])
        for error in answer.errors
    )
    statements = "".join(
        f"\n{number}. {statement}"
        for number, statement in enumerate(answer.statements, start=1)
    )
    return (
        f"{reason}\n\nQuery: {query.document}\nVariables: {dict(query.variables)}\n\n"
        f"Naive answer: {_as_json(expected.data)}\n\n"
        f"Answer: {_as_json(answer.data)}\n{errors}\n"
        f"{len(answer.statements)} statements:{statements}"
    )


def _stacktrace(extensions: Mapping[str, Any]) -> Sequence[str]:
    stacktrace: Sequence[str] = extensions.get("exception", {}).get("stacktrace", ())
    return stacktrace


def _as_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
