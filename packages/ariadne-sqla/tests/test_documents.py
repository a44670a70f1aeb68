import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
from ariadne import graphql, graphql_sync
from ariadne.validation import cost_validator
from graphql import (
    GraphQLError,
    GraphQLSyntaxError,
    TypeInfo,
    build_schema,
    specified_rules,
    version_info,
)
from graphql.validation import ValidationRule

from ariadne_sqla.documents import DocumentCache

QUERY = "{ greeting }"


def make_schema(field="greeting"):
    return build_schema(f"type Query {{ {field}(name: String): String }}")


@pytest.fixture
def schema():
    return make_schema()


class Recorder(ValidationRule):
    """A rule that is told apart by what it saw."""

    runs = 0

    def __init__(self, context):
        super().__init__(context)
        type(self).runs += 1


@pytest.fixture
def recorder():
    return type("FreshRecorder", (Recorder,), {})


def parse(cache, query):
    return cache.parse(None, {"query": query})


class TestParse:
    def test_the_same_text_gives_the_same_document(self):
        cache = DocumentCache()

        document = parse(cache, QUERY)

        assert parse(cache, " ".join(["{", "greeting", "}"])) is document
        assert document.definitions[0].selection_set.selections[0].name.value == (
            "greeting"
        )

    def test_another_text_is_another_document(self):
        cache = DocumentCache()

        assert parse(cache, QUERY) is not parse(cache, "{  greeting }")

    def test_a_syntax_error_is_raised_anew_each_time(self):
        cache = DocumentCache()

        errors = []
        for _ in range(2):
            with pytest.raises(GraphQLSyntaxError) as caught:
                parse(cache, "{ greeting")
            errors.append(caught.value)

        assert errors[0] is not errors[1]
        assert len(cache) == 0

    def test_the_least_recently_used_is_thrown_out_first(self):
        cache = DocumentCache(max_size=2)
        first, second = parse(cache, "{ a }"), parse(cache, "{ b }")
        assert parse(cache, "{ a }") is first
        parse(cache, "{ c }")

        assert len(cache) == 2
        assert parse(cache, "{ a }") is first
        assert parse(cache, "{ b }") is not second

    def test_the_texts_together_are_bounded(self):
        cache = DocumentCache(max_characters=1000)
        for number in range(1000):
            parse(cache, f"{{ field{number:05} }}")  # 14 characters

        assert len(cache) == 1000 // 14

    def test_a_long_text_is_parsed_but_not_kept(self):
        cache = DocumentCache(max_characters=1000)
        at_the_limit = "{ " + "a" * 16 + " }"
        longer = "{ " + "a" * 17 + " }"

        assert parse(cache, at_the_limit) is parse(cache, at_the_limit)
        assert parse(cache, longer) is not parse(cache, longer)
        assert len(cache) == 1

    def test_max_size_0_keeps_nothing(self, schema):
        cache = DocumentCache(max_size=0)

        document = parse(cache, QUERY)

        assert parse(cache, QUERY) is not document
        assert len(cache) == 0
        assert cache.validate(schema, document) == []

    def test_clear_forgets_every_document(self):
        cache = DocumentCache()
        document = parse(cache, QUERY)
        cache.clear()

        assert len(cache) == 0
        assert parse(cache, QUERY) is not document

    def test_a_document_thrown_out_is_freed(self):
        cache = DocumentCache(max_size=1)
        document = weakref.ref(parse(cache, "{ a }"))
        parse(cache, "{ b }")
        gc.collect()

        assert document() is None

    @pytest.mark.parametrize("option", ["max_size", "max_characters"])
    def test_a_negative_bound_is_an_error(self, option):
        with pytest.raises(ValueError, match="must be 0 or more"):
            DocumentCache(**{option: -1})

    def test_threads_get_one_document_for_one_text(self, schema):
        cache = DocumentCache(max_size=10)
        texts = [f"{{ greeting(name: {number}) }}" for number in range(10)]

        def parse_and_validate(_):
            documents = [parse(cache, text) for text in texts]
            return documents, [cache.validate(schema, item) for item in documents]

        with ThreadPoolExecutor(max_workers=8) as executor:
            results = list(executor.map(parse_and_validate, range(16)))

        for documents, errors in results:
            assert [id(item) for item in documents] == [
                id(item) for item in results[0][0]
            ]
            assert all(errors)  # the argument is no String

    def test_threads_that_throw_out_each_others_documents(self, schema):
        cache = DocumentCache(max_size=3)

        def parse_and_validate(number):
            document = parse(cache, f"{{ a{number % 7}: greeting }}")
            return cache.validate(schema, document)

        with ThreadPoolExecutor(max_workers=8) as executor:
            results = list(executor.map(parse_and_validate, range(100)))

        assert results == [[]] * 100
        assert len(cache) == 3
        assert len(cache._by_id) == 3
        assert cache._characters == 3 * len("{ a0: greeting }")


class TestValidate:
    def test_a_valid_document_is_validated_once(self, schema, recorder):
        cache = DocumentCache(pure_rules=[recorder])
        document = parse(cache, QUERY)

        for _ in range(3):
            assert cache.validate(schema, document, (*specified_rules, recorder)) == []

        assert recorder.runs == 1

    def test_errors_are_made_anew_each_time(self, schema):
        cache = DocumentCache()
        document = parse(cache, "{ missing }")

        first = cache.validate(schema, document)
        second = cache.validate(schema, document)

        assert [error.message for error in first] == [
            "Cannot query field 'missing' on type 'Query'."
        ]
        assert [error.message for error in second] == [error.message for error in first]
        assert first[0] is not second[0]

    def test_another_schema_has_its_own_verdict(self, schema):
        cache = DocumentCache()
        document = parse(cache, QUERY)

        assert cache.validate(schema, document) == []
        assert len(cache.validate(make_schema("farewell"), document)) == 1
        assert cache.validate(schema, document) == []

    def test_a_schema_is_not_kept_alive(self):
        cache = DocumentCache()
        schema = make_schema()
        document = parse(cache, QUERY)
        cache.validate(schema, document)
        reference = weakref.ref(schema)
        del schema
        gc.collect()

        assert reference() is None

    def test_another_set_of_rules_has_its_own_verdict(self, schema):
        class NoGreetings(ValidationRule):
            def enter_field(self, node, *_args):
                self.report_error(GraphQLError("No greetings.", node))

        cache = DocumentCache(pure_rules=[NoGreetings])
        document = parse(cache, QUERY)
        strict = (*specified_rules, NoGreetings)

        assert cache.validate(schema, document) == []
        assert [
            error.message for error in cache.validate(schema, document, strict)
        ] == ["No greetings."]
        assert cache.validate(schema, document) == []

    def test_fewer_rules_are_another_set(self, schema):
        cache = DocumentCache()
        document = parse(cache, "{ missing }")

        assert cache.validate(schema, document, rules=[]) == []
        assert len(cache.validate(schema, document)) == 1

    def test_an_unknown_rule_runs_each_time_and_alone(self, schema, recorder):
        other = type("OtherRecorder", (Recorder,), {})
        cache = DocumentCache(pure_rules=[other])
        document = parse(cache, QUERY)

        for _ in range(3):
            cache.validate(schema, document, (*specified_rules, other, recorder))

        assert recorder.runs == 3
        assert other.runs == 1

    def test_the_verdict_of_a_rule_on_the_request_is_never_reused(self, schema):
        cache = DocumentCache()
        document = parse(cache, QUERY)
        user = {"is_admin": True}

        class OnlyAdmins(ValidationRule):
            def enter_field(self, node, *_args):
                if not user["is_admin"]:
                    self.report_error(GraphQLError("Only for admins.", node))

        rules = (*specified_rules, OnlyAdmins)
        assert cache.validate(schema, document, rules) == []
        user["is_admin"] = False
        assert len(cache.validate(schema, document, rules)) == 1
        user["is_admin"] = True
        assert cache.validate(schema, document, rules) == []

    def test_a_rule_made_for_a_request_is_not_kept_alive(self, schema):
        cache = DocumentCache()
        document = parse(cache, QUERY)
        rule = cost_validator(100, variables={"name": "Ada"})
        cache.validate(schema, document, (*specified_rules, rule))
        reference = weakref.ref(rule)
        del rule
        gc.collect()

        assert reference() is None

    def test_a_document_of_another_origin_is_validated_each_time(
        self, schema, recorder
    ):
        cache = DocumentCache(pure_rules=[recorder])
        document = parse(DocumentCache(), QUERY)
        parse(cache, QUERY)

        for _ in range(2):
            cache.validate(schema, document, [recorder])

        assert recorder.runs == 2

    def test_max_errors_is_heeded(self, schema):
        cache = DocumentCache()
        document = parse(cache, "{ a b c }")

        assert (
            len(cache.validate(schema, document, max_errors=1)) == 2
        )  # and "too many"
        assert len(cache.validate(schema, document)) == 3

    @pytest.mark.skipif(version_info >= (3, 3), reason="graphql-core 3.3 has none")
    def test_type_info_is_passed_on(self, schema):
        cache = DocumentCache()
        document = parse(cache, QUERY)

        assert cache.validate(schema, document, type_info=TypeInfo(schema)) == []


class TestWithAriadne:
    def options(self, cache):
        return {"query_parser": cache.parse, "query_validator": cache.validate}

    def run(self, cache, schema, query=QUERY, **options):
        return graphql_sync(
            schema,
            {"query": query, **options.pop("data", {})},
            root_value={"greeting": "Hello."},
            **self.options(cache),
            **options,
        )

    def test_a_request_is_answered_as_without_the_cache(self, schema):
        cache = DocumentCache()

        for _ in range(2):
            assert self.run(cache, schema) == (
                True,
                {"data": {"greeting": "Hello."}},
            )
        assert len(cache) == 1

    async def test_an_asynchronous_request_too(self, schema):
        cache = DocumentCache()

        for _ in range(2):
            _, answer = await graphql(
                schema,
                {"query": QUERY},
                root_value={"greeting": "Hello."},
                **self.options(cache),
            )
            assert answer == {"data": {"greeting": "Hello."}}
        assert len(cache) == 1

    def test_errors_are_answered_as_without_the_cache(self, schema):
        cache = DocumentCache()
        for query in ["{ missing }", "{ greeting", "{ greeting(name: 1) }"]:
            answers = [self.run(cache, schema, query) for _ in range(2)]
            plain = graphql_sync(schema, {"query": query})

            assert answers == [plain, plain]

    def test_disabled_introspection_is_heeded_after_it_was_enabled(self, schema):
        cache = DocumentCache()
        query = "{ __schema { queryType { name } } }"

        success, _ = self.run(cache, schema, query)
        assert success
        success, answer = self.run(cache, schema, query, introspection=False)
        assert not success
        assert "introspection is disabled" in answer["errors"][0]["message"]

    def test_a_cost_limit_follows_the_variables(self):
        schema = build_schema(
            """
            directive @cost(complexity: Int, multipliers: [String!]) on FIELD_DEFINITION
            type Query {
              greeting(times: Int): String @cost(complexity: 1, multipliers: ["times"])
            }
            """
        )
        cache = DocumentCache()
        query = "query ($times: Int) { greeting(times: $times) }"

        def greet(times):
            variables = {"times": times}
            return self.run(
                cache,
                schema,
                query,
                data={"variables": variables},
                validation_rules=lambda _context, _document, data: [
                    cost_validator(10, variables=data["variables"])
                ],
            )

        assert greet(5)[0]
        assert not greet(50)[0]
        assert greet(5)[0]
        assert len(cache) == 1
        [entry] = cache._by_text.values()
        assert entry.valid[schema] == {frozenset(specified_rules)}
