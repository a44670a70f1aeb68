import pytest
from graphql import GraphQLError, build_schema

from sqla_selection import (
    FragmentCycleError,
    SelectionPathError,
    collect,
)
from sqla_selection.collector import Consulted

SDL = """
type Query {
  user: User
  users(first: Int = 10): [User!]!
  node: Node
  found: Found
  feed: Feed
  name: String
}

interface Node { id: ID! }

type User implements Node {
  id: ID!
  name: String
  posts(first: Int = 10, after: String): [Post!]!
  friends: [User!]!
}

type Post implements Node {
  id: ID!
  title: String
  author: User
  tags: [Tag!]!
}

type Tag { label: String }

union Found = Post | Tag

type Feed { edges: [Edge!]!, newest: Node, size: Int }
type Edge { cursor: String, node: Post }
"""


@pytest.fixture(scope="module")
def schema():
    return build_schema(SDL)


@pytest.fixture
def select(schema, info_of):
    """Collect below the first root field of a document."""

    def select(document, path=(), **variables):
        return collect(info_of(schema, document, **variables), path)

    return select


def asked(selection):
    """Show a selection as nested dicts, response key: what is below."""
    return {
        type_name: {
            key: field.selection and asked(field.selection)
            for key, field in fields.items()
        }
        for type_name, fields in selection.fields.items()
    }


class TestFields:
    def test_are_kept_by_response_key(self, select):
        selection = select("{ user { id called: name } }")

        fields = selection.of("User")
        assert list(fields) == ["id", "called"]
        assert fields["called"].response_key == "called"
        assert fields["called"].name == "name"
        assert fields["called"].selection is None

    def test_know_their_definition_in_the_schema(self, schema, select):
        field = select("{ user { posts { title } } }").of("User")["posts"]

        assert field.definition is schema.type_map["User"].fields["posts"]
        assert field.selection.type is schema.type_map["Post"]

    def test_nest(self, select):
        selection = select("{ user { posts { author { name } } } }")

        assert asked(selection) == {
            "User": {"posts": {"Post": {"author": {"User": {"name": None}}}}}
        }

    def test_of_one_response_key_are_merged(self, select):
        selection = select(
            "{ user { posts { id } name posts { title author { id } } name } }"
        )

        assert asked(selection) == {
            "User": {
                "posts": {
                    "Post": {
                        "id": None,
                        "title": None,
                        "author": {"User": {"id": None}},
                    }
                },
                "name": None,
            }
        }
        assert len(selection.of("User")["posts"].nodes) == 2

    def test_of_a_root_field_asked_twice_are_merged(self, select):
        selection = select("{ user { id } user { name } }")

        assert asked(selection) == {"User": {"id": None, "name": None}}

    def test_of_two_aliases_stay_apart(self, select):
        selection = select("{ user { a: posts { id } b: posts { title } } }")

        assert asked(selection) == {
            "User": {"a": {"Post": {"id": None}}, "b": {"Post": {"title": None}}}
        }

    def test_typename_has_no_definition_and_no_arguments(self, select):
        field = select("{ user { kind: __typename } }").of("User")["kind"]

        assert field.name == "__typename"
        assert field.definition is None
        assert field.selection is None
        assert field.arguments == {}

    def test_that_the_schema_lacks_are_told_like_typename(self, select):
        # Only validation, which may be switched off, refuses such a document.
        field = select("{ user { nothing { at { all } } } }").of("User")["nothing"]

        assert field.definition is None
        assert field.selection is None

    def test_of_another_type_are_none(self, select):
        assert select("{ user { id } }").of("Post") == {}


class TestArguments:
    def test_are_coerced_with_defaults(self, select):
        fields = select('{ user { posts(after: "x") { id } } }').of("User")

        assert fields["posts"].arguments == {"first": 10, "after": "x"}

    def test_are_filled_with_variables(self, select):
        selection = select(
            "query ($n: Int) { user { a: posts(first: $n) { id } } }", n=3
        )

        assert selection.of("User")["a"].arguments == {"first": 3}

    def test_have_their_python_names(self, info_of):
        schema = build_schema(SDL)
        argument = schema.type_map["User"].fields["posts"].args["first"]
        argument.out_name = "limit"
        info = info_of(schema, "{ user { posts(first: 2) { id } } }")

        assert collect(info).of("User")["posts"].arguments == {"limit": 2}

    def test_that_do_not_fit_are_an_error(self, select):
        field = select('{ user { posts(first: "x") { id } } }').of("User")["posts"]

        with pytest.raises(GraphQLError):
            _ = field.arguments


class TestFragments:
    def test_named_inline_and_nested_are_expanded(self, select):
        selection = select(
            """
            { user { ...A ... { friends { id } } ... on User { name } } }
            fragment A on User { id ...B }
            fragment B on User { posts { title } }
            """
        )

        assert asked(selection) == {
            "User": {
                "id": None,
                "posts": {"Post": {"title": None}},
                "friends": {"User": {"id": None}},
                "name": None,
            }
        }

    def test_merge_with_fields_beside_them(self, select):
        selection = select(
            """
            { user { posts { id } ...A } }
            fragment A on User { posts { title } }
            """
        )

        assert asked(selection) == {
            "User": {"posts": {"Post": {"id": None, "title": None}}}
        }

    def test_spread_twice_count_once(self, select):
        selection = select("{ user { ...A ...A } } fragment A on User { posts { id } }")

        assert len(selection.of("User")["posts"].nodes) == 1

    def test_may_be_used_again_on_another_level(self, select):
        selection = select(
            """
            { user { ...Name friends { ...Name } } }
            fragment Name on User { name }
            """
        )

        assert asked(selection) == {
            "User": {"name": None, "friends": {"User": {"name": None}}}
        }

    def test_that_the_document_lacks_are_passed_by(self, select):
        assert asked(select("{ user { id ...Nowhere } }")) == {"User": {"id": None}}

    def test_that_never_apply_ask_for_nothing(self, select):
        selection = select(
            "{ user { id ... on Post { title } ...T } } fragment T on Tag { label }"
        )

        assert asked(selection) == {"User": {"id": None}}

    def test_on_an_unknown_type_ask_for_nothing(self, select):
        assert asked(select("{ user { id ... on Ghost { name } } }")) == {
            "User": {"id": None}
        }

    def test_on_an_interface_of_the_type_apply(self, select):
        assert asked(select("{ user { ... on Node { id } } }")) == {
            "User": {"id": None}
        }


class TestAbstractTypes:
    def test_an_interface_is_collected_per_possible_type(self, schema, select):
        selection = select("{ node { id ... on User { name } ... on Post { title } } }")

        assert selection.type is schema.type_map["Node"]
        assert asked(selection) == {
            "User": {"id": None, "name": None},
            "Post": {"id": None, "title": None},
        }

    def test_a_union_is_collected_per_possible_type(self, select):
        selection = select(
            "{ found { __typename ... on Node { id } ... on Tag { label } } }"
        )

        assert asked(selection) == {
            "Post": {"__typename": None, "id": None},
            "Tag": {"__typename": None, "label": None},
        }

    def test_a_response_key_may_mean_another_field_of_each_type(self, select):
        selection = select(
            "{ node { ... on User { text: name } ... on Post { text: title } } }"
        )

        assert selection.of("User")["text"].name == "name"
        assert selection.of("Post")["text"].name == "title"


class TestDirectives:
    @pytest.mark.parametrize(
        ("directives", "is_asked"),
        [
            ("@skip(if: true)", False),
            ("@skip(if: false)", True),
            ("@include(if: true)", True),
            ("@include(if: false)", False),
            ("@skip(if: false) @include(if: true)", True),
            ("@skip(if: true) @include(if: true)", False),
            ("@skip(if: false) @include(if: false)", False),
            ("@skip(if: $yes)", False),
            ("@skip(if: $no)", True),
            ("@include(if: $yes)", True),
            ("@include(if: $no)", False),
            ("@include(if: $default)", False),
        ],
    )
    @pytest.mark.parametrize(
        "place",
        [
            "posts DIRECTIVES { id }",
            "... DIRECTIVES { posts { id } }",
            "... on User DIRECTIVES { posts { id } }",
            "...Posts DIRECTIVES",
        ],
    )
    def test_decide_what_is_collected(self, select, place, directives, is_asked):
        selection = select(
            f"""
            query ($yes: Boolean!, $no: Boolean!, $default: Boolean! = false) {{
              user {{ id {place.replace("DIRECTIVES", directives)} }}
            }}
            fragment Posts on User {{ posts {{ id }} }}
            """,
            yes=True,
            no=False,
        )

        assert ("posts" in selection.of("User")) is is_asked

    def test_leave_other_nodes_of_the_same_key(self, select):
        selection = select("{ user { posts @skip(if: true) { id } posts { title } } }")

        assert asked(selection) == {"User": {"posts": {"Post": {"title": None}}}}

    def test_of_a_skipped_spread_let_the_next_one_apply(self, select):
        selection = select(
            "{ user { ...A @skip(if: true) ...A } } fragment A on User { name }"
        )

        assert asked(selection) == {"User": {"name": None}}

    def test_that_cannot_be_decided_ask_for_the_field(self, select):
        selection = select("{ user { name @include(if: $unknown) } }")

        assert asked(selection) == {"User": {"name": None}}

    def test_of_the_schema_itself_decide_nothing(self, info_of):
        schema = build_schema("directive @mine on FIELD\n" + SDL)
        info = info_of(schema, "{ user { name @mine } }")

        assert asked(collect(info)) == {"User": {"name": None}}


class TestKey:
    def test_is_equal_however_the_same_is_asked(self, select):
        plain = select("{ user { id posts { title } } }")
        fragments = select(
            """
            query ($no: Boolean!) {
              user { ...A ... { posts { title id @include(if: $no) } } }
            }
            fragment A on User { id }
            """,
            no=False,
        )

        assert plain.key == fragments.key
        assert hash(plain.key) == hash(fragments.key)

    @pytest.mark.parametrize(
        "other",
        [
            "{ user { id posts { title } name } }",
            "{ user { id posts { title id } } }",
            "{ user { id p: posts { title } } }",
            "{ user { id posts { title: id } } }",
            "{ node { ... on User { id posts { title } } } }",
        ],
    )
    def test_differs_where_something_else_is_asked(self, select, other):
        assert select("{ user { id posts { title } } }").key != select(other).key


class TestPath:
    @pytest.mark.parametrize("path", ["edges.node", ["edges", "node"]])
    def test_leads_to_a_field_of_the_result(self, schema, select, path):
        selection = select("{ feed { size edges { cursor node { title } } } }", path)

        assert selection.type is schema.type_map["Post"]
        assert asked(selection) == {"Post": {"title": None}}

    def test_merges_all_that_its_aliases_ask(self, select):
        selection = select(
            """
            { feed {
              a: edges { node { id } }
              edges { one: node { title } two: node { author { name } } }
            } }
            """,
            "edges.node",
        )

        assert asked(selection) == {
            "Post": {"id": None, "title": None, "author": {"User": {"name": None}}}
        }

    def test_passes_fragments_and_directives(self, select):
        selection = select(
            """
            { feed { ...Page edges @skip(if: true) { node { id } } } }
            fragment Page on Feed { edges { ... on Edge { node { title } } } }
            """,
            "edges.node",
        )

        assert asked(selection) == {"Post": {"title": None}}

    def test_that_is_not_asked_gives_an_empty_selection(self, select):
        assert asked(select("{ feed { size } }", "edges.node")) == {"Post": {}}

    def test_passes_an_interface(self, select):
        selection = select(
            "{ feed { newest { ... on Post { author { name } } } } }", "newest.author"
        )

        assert asked(selection) == {"User": {"name": None}}

    def test_ends_at_an_interface(self, select):
        selection = select("{ feed { newest { id } } }", "newest")

        assert asked(selection) == {"User": {"id": None}, "Post": {"id": None}}

    def test_that_the_schema_lacks_is_an_error_with_a_suggestion(self, select):
        with pytest.raises(SelectionPathError) as error:
            select("{ feed { size } }", "edges.nod")

        assert str(error.value) == (
            "Query.feed.edges has no field 'nod'. Did you mean 'node'?"
        )

    def test_below_a_scalar_is_an_error(self, select):
        with pytest.raises(SelectionPathError) as error:
            select("{ feed { size } }", "size.unit")

        assert str(error.value) == "Query.feed.size has no field 'unit'."

    def test_to_a_scalar_is_an_error(self, select):
        with pytest.raises(TypeError) as error:
            select("{ feed { size } }", "size")

        assert str(error.value) == (
            "Query.feed.size is a Int, which has no fields that could be selected."
        )

    def test_a_field_that_is_a_scalar_itself_is_an_error(self, select):
        with pytest.raises(TypeError) as error:
            select("{ name }")

        assert str(error.value) == (
            "Query.name is a String, which has no fields that could be selected."
        )


def selections_in(selection, found=None):
    """Return every selection object in *selection*, each once."""
    found = {} if found is None else found
    if id(selection) not in found:
        found[id(selection)] = selection
        for fields in selection.fields.values():
            for field in fields.values():
                if field.selection is not None:
                    selections_in(field.selection, found)
    return list(found.values())


class TestSize:
    """What is collected grows with the document, not with the paths through it."""

    TYPES = ("A", "B", "C", "D")

    @pytest.fixture
    def select(self, info_of):
        fields = "{ id: ID parent: Node child: Node }"
        schema = build_schema(
            f"type Query {{ node: Node }} interface Node {fields}"
            + "".join(f" type {name} implements Node {fields}" for name in self.TYPES)
        )
        return lambda document: collect(info_of(schema, document))

    @staticmethod
    def deep(levels):
        return "{node" + "{parent" * levels + "{id}" + "}" * levels + "}"

    def test_types_share_what_is_asked_below_a_field_of_all(self, select):
        selection = select(self.deep(8))

        parents = {selection.fields[name]["parent"].selection for name in self.TYPES}
        assert len(parents) == 1
        assert len(selections_in(selection)) == 9

    def test_types_do_not_share_what_only_one_is_asked(self, select):
        selection = select("{ node { parent { id } ... on A { parent { child } } } }")

        own = selection.of("A")["parent"].selection
        assert own is not selection.of("B")["parent"].selection
        assert (
            selection.of("B")["parent"].selection
            is selection.of("C")["parent"].selection
        )
        assert asked(own)["D"].keys() == {"id", "child"}

    def test_fragments_on_different_ways_are_collected_once(self, select):
        spreads = "{ parent { ...X%d ...Y%d } }"
        fragments = "".join(
            f" fragment {name}{level} on Node {spreads % (level + 1, level + 1)}"
            for level in range(12)
            for name in "XY"
        )
        last = " fragment X12 on Node { id } fragment Y12 on Node { child { id } }"
        selection = select("{ node { ...X0 ...Y0 } }" + fragments + last)

        assert len(selections_in(selection)) == 14

    def test_aliases_that_double_on_each_level_are_collected_once(self, select):
        fragments = "".join(
            f" fragment F{level} on Node {{"
            f" a: parent {{ ...F{level + 1} }} b: child {{ ...F{level + 1} }} }}"
            for level in range(12)
        )
        document = "{ node { ...F0 } }" + fragments + " fragment F12 on Node { id }"

        # The two fields of a level have different nodes, and both their selections
        # have those of the next fragment.
        assert len(selections_in(select(document))) == 1 + 2 * 12

    def test_equal_keys_are_made_of_any_depth(self, select):
        one, same = select(self.deep(12)), select(self.deep(12))

        assert one.key == same.key
        assert one.key != select(self.deep(11)).key
        assert len(one.key) == len(select(self.deep(1)).key)


class TestConsulted:
    @pytest.fixture
    def consulted(self, schema, info_of):
        def consulted(document, path=(), **variables):
            consulted = Consulted()
            selection = collect(info_of(schema, document, **variables), path, consulted)
            assert selection.key  # collects to the end
            return consulted

        return consulted

    def test_has_the_fragments_that_were_spread(self, consulted):
        found = consulted(
            """
            { user { ...A friends { ...B ...Nowhere } } }
            fragment A on User { id }
            fragment B on User { name }
            fragment C on User { name }
            """
        )

        assert {
            name: one and one.name.value for name, one in found.fragments.items()
        } == {
            "A": "A",
            "B": "B",
            "Nowhere": None,
        }

    def test_has_the_variables_of_conditions_only(self, consulted):
        found = consulted(
            """
            query ($a: Boolean!, $b: Boolean!, $n: Int, $c: Boolean = true) {
              user {
                id @skip(if: $a)
                ... @include(if: $b) { name @skip(if: true) }
                posts(first: $n) { id @include(if: $c) }
              }
            }
            """,
            a=True,
            b=True,
        )

        assert found.variables == {"a", "b", "c"}

    def test_has_what_is_consulted_on_the_way_of_a_path(self, consulted):
        found = consulted(
            """
            query ($a: Boolean!) { feed { ...F } }
            fragment F on Feed { edges @include(if: $a) { node { id } } }
            """,
            "edges.node",
            a=True,
        )

        assert found.variables == {"a"}
        assert list(found.fragments) == ["F"]


class TestFragmentCycles:
    def test_of_one_fragment_end_in_an_error_with_its_place(self, select):
        with pytest.raises(FragmentCycleError) as error:
            select("{ user { ...A } }\nfragment A on User { id ...A }").of("User")

        assert error.value.message == "Fragment 'A' spreads itself: A → A."
        assert [(one.line, one.column) for one in error.value.locations] == [(2, 25)]

    def test_of_several_fragments_are_shown(self, select):
        with pytest.raises(FragmentCycleError) as error:
            select(
                """
                { user { ...A } }
                fragment A on User { ...B }
                fragment B on User { ...C }
                fragment C on User { ...B }
                """
            ).of("User")

        assert error.value.message == "Fragment 'B' spreads itself: B → C → B."

    def test_through_fields_are_found(self, select):
        with pytest.raises(FragmentCycleError) as error:
            select(
                """
                { user { ...A } }
                fragment A on User { posts { ...B } }
                fragment B on Post { author { ...A } }
                """
            ).of("User")

        assert error.value.message == "Fragment 'A' spreads itself: A → B → A."

    def test_on_the_way_of_a_path_are_found(self, select):
        with pytest.raises(FragmentCycleError):
            select("{ feed { ...A } } fragment A on Feed { ...A }", "edges")
