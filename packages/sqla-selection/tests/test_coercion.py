"""Values on each dialect, without a database: those are asked in `test_arguments`."""

import datetime
import decimal
import enum
import json
import uuid

import pytest
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Double,
    Enum,
    Float,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    PickleType,
    SmallInteger,
    String,
    Text,
    Time,
    Uuid,
)
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, UserDefinedType

from sqla_selection.coercion import UnfitValueError, coerced, holds_lists

SQLITE = sqlite.dialect()
POSTGRESQL = postgresql.dialect()
MARIADB = mysql.dialect()
UTC = datetime.timezone.utc
DIALECTS = pytest.mark.parametrize(
    "dialect", [SQLITE, POSTGRESQL, MARIADB], ids=lambda one: one.name
)


class Status(enum.Enum):
    DRAFT = "d"
    PUBLISHED = "p"


class Other(enum.Enum):
    DRAFT = "x"
    GONE = "g"


class Name(str, enum.Enum):
    DRAFT = "DRAFT"


class Cents(TypeDecorator):
    """Money: the database has cents."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return None if value is None else round(value * 100)


class Level(TypeDecorator):
    """Names in Python, numbers in the database."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return {"low": 1, "high": 2}[value]


class Aware(TypeDecorator):
    """Refuses a time without an offset."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value.tzinfo is None:
            raise ValueError(value)
        return value.astimezone(UTC).replace(tzinfo=None)


class Words(TypeDecorator):
    """A list of words in one string."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return ",".join(value)

    def process_result_value(self, value, dialect):
        return value.split(",")


class Anything(TypeDecorator):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return json.dumps(value)

    def process_result_value(self, value, dialect):
        return json.loads(value)


class Printed(TypeDecorator):
    impl = String
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return str(value)


class Read(TypeDecorator):
    """Is only another one where it is read."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value, dialect):
        return f"#{value}"


class Declared(TypeDecorator):
    impl = String
    cache_ok = True
    python_type = list

    def process_bind_param(self, value, dialect):
        return repr(value)


class Vector(UserDefinedType):
    """Says nothing of Python, and refuses what is no list."""

    cache_ok = True

    def bind_processor(self, dialect):
        def bind(value):
            if not isinstance(value, list):
                raise TypeError(value)
            return str(value)

        return bind


class Point(UserDefinedType):
    cache_ok = True


class TestIntegers:
    @pytest.mark.parametrize(
        ("type_", "dialect", "least", "greatest"),
        [
            (SmallInteger(), POSTGRESQL, -(2**15), 2**15 - 1),
            (Integer(), POSTGRESQL, -(2**31), 2**31 - 1),
            (BigInteger(), POSTGRESQL, -(2**63), 2**63 - 1),
            (
                Integer().with_variant(BigInteger(), "postgresql"),
                POSTGRESQL,
                -(2**63),
                2**63 - 1,
            ),
            (SmallInteger(), SQLITE, -(2**63), 2**63 - 1),
            (Integer(), SQLITE, -(2**63), 2**63 - 1),
            (Integer(), MARIADB, -(2**31), 2**31 - 1),
            (mysql.INTEGER(unsigned=True), MARIADB, 0, 2**32 - 1),
            (mysql.BIGINT(unsigned=True), MARIADB, 0, 2**64 - 1),
            (mysql.TINYINT(), MARIADB, -128, 127),
            (mysql.MEDIUMINT(), MARIADB, -(2**23), 2**23 - 1),
            (mssql.TINYINT(), mssql.dialect(), 0, 255),
            (Read(), POSTGRESQL, -(2**31), 2**31 - 1),
        ],
        ids=lambda one: one.name if isinstance(one, Dialect) else repr(one),
    )
    def test_are_within_the_range_of_the_column(self, type_, dialect, least, greatest):
        for value in (least, greatest):
            assert coerced(value, type_, dialect) == value
            assert coerced(str(value), type_, dialect) == value
        for value in (least - 1, greatest + 1, str(greatest + 1)):
            with pytest.raises(UnfitValueError) as error:
                coerced(value, type_, dialect)
            assert str(error.value) == f"an integer between {least} and {greatest}"

    def test_have_no_range_where_none_is_known(self):
        assert coerced(2**100, Integer(), oracle.dialect()) == 2**100

    @pytest.mark.parametrize(
        "value",
        [
            *["1_0", "\u0667", " 7 ", "7\n", "+7", "", "-", "0x7", "7.0", "9" * 5000],
            *[7.5, decimal.Decimal("7.5"), float("inf"), float("nan"), [7], {}, b"7"],
        ],
        ids=repr,
    )
    def test_are_read_by_a_strict_grammar(self, value):
        with pytest.raises(UnfitValueError):
            coerced(value, Integer(), SQLITE)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [("-7", -7), ("007", 7), (7.0, 7), (decimal.Decimal("7.0"), 7), (True, 1)],
    )
    def test_are_what_python_says(self, value, expected):
        converted = coerced(value, Integer(), SQLITE)

        assert converted == expected
        assert type(converted) is int


class TestText:
    @DIALECTS
    @pytest.mark.parametrize("type_", [String(), Text(), Point(), JSON()], ids=str)
    def test_of_lone_surrogates_is_refused(self, type_, dialect):
        with pytest.raises(UnfitValueError, match=r"^a string of whole Unicode"):
            coerced("\ud800", type_, dialect)

    @pytest.mark.parametrize("value", ["a\0b", ["\0"], {"a": "\0"}, {"\0": 1}])
    def test_of_nul_characters_is_refused_by_postgresql(self, value):
        type_ = String() if isinstance(value, str) else JSON()

        assert coerced(value, type_, SQLITE) == value
        assert coerced(value, type_, MARIADB) == value
        with pytest.raises(UnfitValueError, match=r"^a string without NUL characters"):
            coerced(value, type_, POSTGRESQL)

    @pytest.mark.parametrize("value", [True, [1], {}, b"x"], ids=repr)
    def test_is_not_made_of_just_anything(self, value):
        with pytest.raises(UnfitValueError, match=r"^a string$"):
            coerced(value, String(), SQLITE)

    def test_is_the_value_of_an_enum(self):
        assert coerced(Status.DRAFT, String(), SQLITE) == "d"


class TestNumbers:
    @DIALECTS
    @pytest.mark.parametrize("type_", [Numeric(10, 2), Float(), Double()], ids=str)
    @pytest.mark.parametrize(
        "value", ["NaN", "inf", "1_0", " 1", "\u0661", "", "1e", "."]
    )
    def test_are_read_by_a_strict_grammar(self, type_, value, dialect):
        with pytest.raises(UnfitValueError):
            coerced(value, type_, dialect)

    @DIALECTS
    @pytest.mark.parametrize("type_", [Numeric(10, 2), Float()], ids=str)
    @pytest.mark.parametrize("value", [float("nan"), float("inf"), "1e400000"])
    def test_are_finite(self, type_, value, dialect):
        with pytest.raises(UnfitValueError):
            coerced(value, type_, dialect)

    @pytest.mark.parametrize("as_decimal", [True, False])
    @pytest.mark.parametrize("dialect", [POSTGRESQL, MARIADB], ids=lambda one: one.name)
    def test_have_the_digits_of_the_column(self, dialect, as_decimal):
        type_ = Numeric(10, 2, asdecimal=as_decimal)

        assert coerced("99999999.99", type_, dialect) == type_.python_type(
            "99999999.99"
        )
        with pytest.raises(UnfitValueError) as error:
            coerced("100000000", type_, dialect)
        assert str(error.value) == (
            "a decimal number of at most 8 digits before the point"
        )

    def test_have_any_digits_on_sqlite(self):
        assert coerced("100000000", Numeric(10, 2), SQLITE) == 100000000

    def test_below_one_fit_a_column_of_nothing_else(self):
        assert coerced(0, Numeric(2, 2), POSTGRESQL) == 0
        assert coerced("0.5", Numeric(2, 2), POSTGRESQL) == decimal.Decimal("0.5")
        with pytest.raises(UnfitValueError):
            coerced(1, Numeric(2, 2), POSTGRESQL)

    @pytest.mark.parametrize("value", ["1e131072", "1e-16384"])
    def test_without_a_precision_have_the_limits_of_postgresql(self, value):
        with pytest.raises(UnfitValueError):
            coerced(value, Numeric(), POSTGRESQL)

    def test_of_single_precision_are_refused_beyond_it(self):
        assert coerced(1e38, Float(24), POSTGRESQL) == 1e38
        with pytest.raises(UnfitValueError, match=r"^a number of single precision$"):
            coerced(1e39, Float(24), POSTGRESQL)
        assert coerced(1e39, Float(53), POSTGRESQL) == 1e39

    @pytest.mark.parametrize(("value", "expected"), [(0, False), (1, True)])
    def test_may_stand_for_a_boolean(self, value, expected):
        assert coerced(value, Boolean(), POSTGRESQL) is expected


class TestEnums:
    @DIALECTS
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (Status.DRAFT, Status.DRAFT),
            ("DRAFT", Status.DRAFT),
            (Other.DRAFT, Status.DRAFT),
        ],
    )
    def test_take_a_member_or_its_name(self, dialect, value, expected):
        assert coerced(value, Enum(Status), dialect) is expected

    @DIALECTS
    @pytest.mark.parametrize("value", ["GONE", Other.GONE, 7, ["DRAFT"]], ids=repr)
    def test_refuse_what_they_do_not_have(self, dialect, value):
        with pytest.raises(UnfitValueError, match=r"^one of DRAFT, PUBLISHED$"):
            coerced(value, Enum(Status), dialect)

    def test_with_values_of_their_own_take_these_and_names(self):
        type_ = Enum(Status, values_callable=lambda one: [x.value for x in one])

        assert coerced("d", type_, POSTGRESQL) is Status.DRAFT
        assert coerced("DRAFT", type_, POSTGRESQL) is Status.DRAFT
        with pytest.raises(UnfitValueError):
            coerced("x", type_, POSTGRESQL)

    def test_that_validate_take_the_member_for_the_name(self):
        type_ = Enum(Status, validate_strings=True)

        assert coerced("DRAFT", type_, SQLITE) is Status.DRAFT

    @DIALECTS
    @pytest.mark.parametrize("value", ["d", "p", Status.DRAFT, Name.DRAFT])
    def test_of_strings_take_strings_and_members(self, dialect, value):
        type_ = Enum("d", "p", "DRAFT", name="status")

        assert coerced(value, type_, dialect) in ("d", "p", "DRAFT")
        with pytest.raises(UnfitValueError, match=r"^one of d, p, DRAFT$"):
            coerced("GONE", type_, dialect)

    def test_are_not_listed_without_end(self):
        type_ = Enum(*(f"v{number}" for number in range(100)), name="many")

        with pytest.raises(UnfitValueError, match=r"^one of v0, .*, v9, …$"):
            coerced("x", type_, SQLITE)


class TestMoments:
    AT = "2024-02-29T12:30:00"

    @DIALECTS
    @pytest.mark.parametrize("offset", ["Z", "+00:00", "+02:00"])
    def test_with_an_offset_are_utc(self, dialect, offset):
        hour = 10 if offset == "+02:00" else 12
        expected = datetime.datetime(2024, 2, 29, hour, 30)

        assert coerced(self.AT + offset, DateTime(), dialect) == expected
        assert coerced(self.AT + offset, DateTime(timezone=True), dialect) == (
            expected.replace(tzinfo=UTC)
        )

    def test_without_an_offset_are_utc_where_the_column_keeps_one(self):
        expected = datetime.datetime(2024, 2, 29, 12, 30)

        assert coerced(self.AT, DateTime(), POSTGRESQL) == expected
        assert coerced(self.AT, DateTime(timezone=True), POSTGRESQL) == (
            expected.replace(tzinfo=UTC)
        )

    def test_may_be_a_date(self):
        day = datetime.date(2024, 2, 29)

        assert coerced(day, DateTime(), SQLITE) == datetime.datetime(2024, 2, 29)

    @pytest.mark.parametrize(
        ("type_", "value"),
        [
            (DateTime(), "10000-01-01"),
            (DateTime(), "0001-01-01T00:00:00+14:00"),
            (DateTime(), 7),
            (Date(), "2023-02-29"),
            (Date(), "10000-01-01"),
            (Time(), "25:00"),
            (Interval(), "1 day"),
            (Interval(), datetime.timedelta.max),
        ],
        ids=str,
    )
    def test_that_are_none_are_refused(self, type_, value):
        with pytest.raises(UnfitValueError):
            coerced(value, type_, SQLITE)

    def test_of_a_day_with_an_offset_are_utc(self):
        assert coerced("01:30+02:00", Time(), POSTGRESQL) == datetime.time(23, 30)
        assert coerced("01:30Z", Time(), POSTGRESQL) == datetime.time(1, 30)
        aware = coerced("01:30+02:00", Time(timezone=True), POSTGRESQL)
        assert aware.utcoffset() == datetime.timedelta(hours=2)

    def test_between_two_are_durations(self):
        day = datetime.timedelta(1)

        assert coerced(day, Interval(), SQLITE) == day
        assert coerced(day, Interval(), POSTGRESQL) == day


class TestUuids:
    UUID = uuid.UUID("11111111-2222-3333-4444-55555555555a")

    @DIALECTS
    def test_are_read_in_any_of_their_forms(self, dialect):
        for text in (str(self.UUID), self.UUID.hex, str(self.UUID).upper()):
            assert coerced(text, Uuid(), dialect) == self.UUID
            assert coerced(text, Uuid(as_uuid=False), dialect) == str(self.UUID)

    @DIALECTS
    @pytest.mark.parametrize(
        "value", ["7", "1_" + "1" * 30, "\u0661" * 32, 7, []], ids=repr
    )
    @pytest.mark.parametrize("as_uuid", [True, False])
    def test_that_are_none_are_refused(self, dialect, value, as_uuid):
        with pytest.raises(UnfitValueError, match=r"^a UUID$"):
            coerced(value, Uuid(as_uuid=as_uuid), dialect)


class TestOtherTypes:
    def test_of_bytes_take_bytes_only(self):
        assert coerced(b"x", LargeBinary(), POSTGRESQL) == b"x"
        with pytest.raises(UnfitValueError, match=r"^binary data$"):
            coerced("x", LargeBinary(), POSTGRESQL)

    @pytest.mark.parametrize("value", [float("nan"), [{"a": float("inf")}]])
    def test_of_json_take_finite_numbers_only(self, value):
        with pytest.raises(UnfitValueError, match=r"^JSON of finite numbers$"):
            coerced(value, JSON(), POSTGRESQL)

    def test_of_arrays_convert_what_is_in_them(self):
        assert coerced(["1", None], ARRAY(Integer), POSTGRESQL) == [1, None]
        assert coerced([["1"]], ARRAY(Integer, dimensions=2), POSTGRESQL) == [[1]]
        with pytest.raises(UnfitValueError, match=r"^a list$"):
            coerced("1", ARRAY(Integer), POSTGRESQL)
        with pytest.raises(UnfitValueError, match=r"^an integer between"):
            coerced([2**31], ARRAY(Integer), POSTGRESQL)

    @pytest.mark.parametrize(
        ("type_", "value", "expected"),
        [
            (Cents(), "7", 7),
            (Cents(), 7.5, 7.5),
            (Level(), "low", "low"),
            (Aware(), "2024-02-29T12:30:00Z", datetime.datetime(2024, 2, 29, 12, 30)),
            (Words(), ["a", "b"], ["a", "b"]),
            (Anything(), {"a": 1}, {"a": 1}),
            (Read(), "7", 7),
            (PickleType(), {"a"}, {"a"}),
        ],
        ids=repr,
    )
    def test_of_the_application_take_what_they_make_a_storable_value_of(
        self, type_, value, expected
    ):
        found = coerced(value, type_, POSTGRESQL)

        if isinstance(found, datetime.datetime):
            assert found.utcoffset() == datetime.timedelta(0)
            found = found.replace(tzinfo=None)
        assert found == expected

    @pytest.mark.parametrize(
        ("type_", "value", "holds"),
        [
            (Cents(), 2**31, "an integer between -2147483648 and 2147483647"),
            (Level(), "none", "a value that the column takes"),
            (Aware(), "2024-02-29T12:30:00", "a value that the column takes"),
            (Printed(), "\0", "a string without NUL characters"),
        ],
        ids=str,
    )
    def test_of_the_application_refuse_the_rest(self, type_, value, holds):
        with pytest.raises(UnfitValueError) as error:
            coerced(value, type_, POSTGRESQL)
        assert str(error.value) == holds


class TestHoldsLists:
    @DIALECTS
    @pytest.mark.parametrize(
        ("type_", "expected"),
        [
            (Integer(), False),
            (String(), False),
            (Enum("a", name="letter"), False),
            (Point(), False),
            (Printed(), False),
            (Read(), False),
            (ARRAY(String), True),
            (JSON(), True),
            (PickleType(), True),
            (Words(), True),
            (Anything(), True),
            (Declared(), True),
            (Vector(), True),
        ],
        ids=lambda one: repr(one),
    )
    @pytest.mark.parametrize("value", [["a", "b"], []], ids=repr)
    def test_goes_by_what_the_type_does_with_one(self, dialect, type_, expected, value):
        assert holds_lists(type_, dialect, value) is expected
