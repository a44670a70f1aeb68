import gc
import sys

import pytest
from graphql import DocumentNode, build_schema, execute_sync, parse

from sqla_selection import (
    DepthLimit,
    DepthLimitError,
    SelectionPathError,
    TypeConfig,
    TypeRegistry,
    collect,
    lookahead,
)
from sqla_selection.cache import PlanCache
from sqla_selection.remembered_plans import lookahead_field, lookahead_within

from .blog import Post, User


@pytest.fixture
def schema():
    return build_schema(
        """
        type Query { users: [User] feed: Feed }
        type User { id: ID name: String posts: [Post] }
        type Post { id: ID title: String }
        type Feed { users: [User] }
        """
    )


@pytest.fixture
def types():
    return TypeRegistry([TypeConfig("User", User), TypeConfig("Post", Post)])


@pytest.fixture
def collected(monkeypatch):
    """How often a selection was collected."""
    # The function of that name stands before the module in the package.
    module = sys.modules[lookahead.__module__]
    calls = []

    def counting(*args):
        calls.append(1)
        return original(*args)

    original = module.collect
    monkeypatch.setattr(module, "collect", counting)
    return calls


def requests(schema, types, document, *variables, **options):
    """Plan for each request of one document that a server keeps."""

    def look(info):
        return lookahead(info, User.__mapper__, types, **options)

    return looks(schema, look, document, *variables)


def looks(schema, look, document, *variables):
    """Return what *look* gives for `info` in each request of one document."""
    node = parse(document) if isinstance(document, str) else document
    plans = []

    def resolver(_, info, **__):
        plans.append(look(info))

    for values in variables or ({},):
        result = execute_sync(
            schema, node, variable_values=values, field_resolver=resolver
        )
        for error in result.errors or ():
            raise error.original_error or error
    return plans


def test_is_the_plan_of_the_selection(schema, types):
    [plan] = requests(schema, types, "{ users { name posts { title } } }")

    assert plan.attributes == {"id", "name"}
    assert plan.edge("posts").target.attributes == {"id", "title"}


def test_of_a_document_that_is_kept_is_made_once(schema, types, collected):
    one, other = requests(schema, types, "{ users { name } }", {}, {})

    assert one is other
    assert len(collected) == 1


def test_of_the_same_text_parsed_again_is_collected_again(schema, types, collected):
    for _ in range(2):
        requests(schema, types, "{ users { name } }")

    assert len(collected) == 2


def test_depends_on_the_variables_of_conditions(schema, types, collected):
    document = """
    query ($more: Boolean!) { users { id posts @include(if: $more) { id } } }
    """
    plans = requests(
        schema, types, document, {"more": True}, {"more": False}, {"more": True}
    )

    assert [[edge.key for edge in plan.edges] for plan in plans] == [
        ["posts"],
        [],
        ["posts"],
    ]
    assert len(collected) == 2


def test_does_not_depend_on_other_variables(schema, types, collected):
    document = "query ($x: ID, $y: Boolean) { users { id } }"
    requests(schema, types, document, {"x": 1}, {"x": 2}, {"y": True})

    assert len(collected) == 1


def test_depends_on_the_fragments(schema, types):
    query = parse("{ users { ...F } }").definitions
    plans = []
    for fields in ("name", "id"):
        fragment = parse(f"fragment F on User {{ {fields} }}").definitions
        document = DocumentNode(definitions=(*query, *fragment))
        plans += requests(schema, types, document)

    assert [plan.attributes for plan in plans] == [{"id", "name"}, {"id"}]


def test_depends_on_the_limit(schema, types):
    document = parse("{ users { posts { id } } }")
    requests(schema, types, document, limit=DepthLimit(2, "User"))

    with pytest.raises(DepthLimitError):
        requests(schema, types, document, limit=DepthLimit(1, "User"))


def test_depends_on_the_path(schema, types):
    document = parse("{ feed { users { name } } }")

    [plan] = requests(schema, types, document, path="users")
    assert plan.attributes == {"id", "name"}
    [same] = requests(schema, types, document, path=["users"])
    assert same.attributes == plan.attributes
    with pytest.raises(SelectionPathError):
        requests(schema, types, document, path="user")


def test_depends_on_the_configurations(schema, types):
    document = parse("{ users { name } }")
    requests(schema, types, document)
    types.add(TypeConfig("User", User, {"name": "id"}))

    [plan] = requests(schema, types, document)
    assert plan.attributes == {"id"}


def test_keeps_a_bounded_number_of_variants(schema, types, collected):
    names = [f"v{number}" for number in range(5)]
    variables = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: name @include(if: ${name})" for name in names)
    document = f"query ({variables}) {{ users {{ id {fields} }} }}"
    cases = [
        {name: bool(number >> place & 1) for place, name in enumerate(names)}
        for number in range(2**5)
    ]

    document = parse(document)
    requests(schema, types, document, *cases)

    [(_, variants)] = types.plans_of_nodes._kept.values()
    assert len(variants) == 8
    assert len(collected) == 2**5


def test_is_not_kept_where_a_condition_has_no_value(schema, types, collected):
    # Validation, which may be switched off, refuses a variable that is not defined.
    document = parse("{ users { name @include(if: $unknown) } }")
    for _ in range(2):
        [plan] = requests(schema, types, document)
        assert plan.attributes == {"id", "name"}

    assert len(collected) == 2


def test_keeps_no_document_alive(schema, types):
    requests(schema, types, "{ users { name } }")
    gc.collect()

    assert len(types.plans_of_nodes) == 0


def test_can_be_switched_off(schema, types, collected, monkeypatch):
    monkeypatch.setattr(PlanCache, "max_size", 0)
    requests(schema, types, "{ users { name } }", {}, {})

    assert len(collected) == 2


class TestWithinAValue:
    @pytest.fixture
    def look(self, types):
        def look(info):
            users = collect(info).of("Feed")["them"].selection
            return lookahead_within(info, users, User.__mapper__, types)

        return look

    DOCUMENT = """
    query ($more: Boolean = false) {
        feed { them: users { name posts @include(if: $more) { title } } }
    }
    """

    def test_is_the_plan_of_what_is_asked_there(self, schema, look):
        [plan] = looks(schema, look, self.DOCUMENT, {"more": True})

        assert plan.attributes == {"id", "name"}
        assert plan.edge("posts").target.attributes == {"id", "title"}

    def test_is_made_once_for_a_document_that_is_kept(self, schema, types, look):
        variables = ({"more": True}, {}, {"more": True}, {})
        plans = looks(schema, look, self.DOCUMENT, *variables)

        assert plans[0] is plans[2]
        assert plans[1] is plans[3]
        assert [bool(plan.edges) for plan in plans] == [True, False, True, False]
        gc.collect()
        assert len(types.plans_of_nodes) == 0

    def test_is_kept_for_each_type_in_one_place(self, types):
        schema = build_schema(
            """
            type Query { thing: Thing }
            union Thing = Named | Wrote
            type Named { by: User }
            type Wrote { by: User }
            type User { id: ID name: String }
            """
        )

        def look(info):
            thing = collect(info)
            return [
                lookahead_within(
                    info, thing.of(name)["by"].selection, User.__mapper__, types
                ).attributes
                for name in ("Named", "Wrote")
            ]

        document = """{ thing {
            ... on Named { by { name } }
            ... on Wrote { by { id } }
        } }"""
        assert looks(schema, look, document, {}, {}) == [[{"id", "name"}, {"id"}]] * 2

    def test_is_kept_for_each_place(self, schema, types):
        def look(info):
            fields = collect(info).of("Feed")
            return [
                lookahead_within(
                    info, field.selection, User.__mapper__, types
                ).attributes
                for field in fields.values()
            ]

        document = "{ feed { a: users { id } b: users { name } } }"
        assert looks(schema, look, document, {}, {}) == [
            [{"id"}, {"id", "name"}],
            [{"id"}, {"id", "name"}],
        ]


class TestOfAField:
    @pytest.fixture
    def look(self, schema, types):
        """Look ahead from each field of a user."""

        def look(document, *variables, **options):
            found = []

            def resolve(_, info):
                if info.parent_type is schema.query_type:
                    return [{}]
                found.append(lookahead_field(info, types, **options))
                return None

            node = parse(document)
            for values in variables or ({},):
                result = execute_sync(
                    schema, node, variable_values=values, field_resolver=resolve
                )
                assert result.errors is None
            return found

        return look

    def test_is_what_it_reads(self, look):
        [name, posts] = look("{ users { name posts { title } } }")

        assert (name.attributes, name.edges) == ({"id", "name"}, ())
        assert posts.attributes == {"id"}
        assert posts.edge("posts").target.attributes == {"id", "title"}

    def test_is_made_once_for_a_document_that_is_kept(self, look, types):
        document = """
        query ($more: Boolean = false) {
            users { name posts { id title @include(if: $more) } }
        }
        """
        plans = look(document, {}, {"more": True}, {}, {"more": True})

        assert len({id(plan) for plan in plans}) == 3
        assert plans[0:2] == plans[4:6]
        assert plans[2:4] == plans[6:8]
        gc.collect()
        assert len(types.plans_of_nodes) == 0

    def test_is_made_once_for_other_documents_that_ask_the_same(self, look):
        [one] = look("{ users { name } }")
        [other] = look("{ users { name, posts @skip(if: true) { id } } }")

        assert one is other

    def test_has_all_nodes_of_the_field(self, look):
        [posts] = look("{ users { posts { id } posts { title } } }")

        assert posts.edge("posts").target.attributes == {"id", "title"}

    def test_reads_the_path_that_it_is_given(self, look):
        [plan] = look("{ users { id } }", reads="name")

        assert plan.attributes == {"id", "name"}

    def test_of_an_object_of_another_class_is_by_its_mapping(self, look):
        [plan] = look("{ users { id } }", mapper=Post.__mapper__)

        assert plan.mapper is Post.__mapper__
