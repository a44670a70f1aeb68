import pytest

from sqla_loaders import (
    ClosedRegistryError,
    LoaderError,
    MissingSessionError,
    ParentKeyError,
)
from sqla_loaders.errors import AsyncOwnerError, FailedBatchError, NotLoadedError


@pytest.mark.parametrize(
    ("error", "bases"),
    [
        (MissingSessionError, (LoaderError, RuntimeError)),
        (ClosedRegistryError, (LoaderError, RuntimeError)),
        (AsyncOwnerError, (LoaderError, RuntimeError)),
        (FailedBatchError, (LoaderError,)),
        (NotLoadedError, (LoaderError, LookupError)),
        (ParentKeyError, (LoaderError, LookupError)),
    ],
)
def test_each_error_can_be_caught_as_what_it_is(error, bases):
    assert error.__bases__ == bases
