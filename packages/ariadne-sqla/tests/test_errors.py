import pytest

import sqla_loaders
import sqla_selection
from ariadne_sqla import (
    AmbiguousTypeWarning,
    ConfigurationError,
    ConnectionWaitError,
    MissingRegistryError,
    MissingSessionError,
    UnboundFieldWarning,
    UnfilteredFieldWarning,
)


@pytest.mark.parametrize(
    ("error", "bases"),
    [
        (MissingRegistryError, (sqla_loaders.LoaderError, RuntimeError)),
        (ConnectionWaitError, (sqla_loaders.LoaderError, TimeoutError)),
        (AmbiguousTypeWarning, (UserWarning,)),
        (UnboundFieldWarning, (UserWarning,)),
        (UnfilteredFieldWarning, (UserWarning,)),
    ],
)
def test_each_error_can_be_caught_as_what_it_is(error, bases):
    assert error.__bases__ == bases


def test_errors_of_the_layers_below_are_theirs():
    assert ConfigurationError is sqla_selection.ConfigurationError
    assert MissingSessionError is sqla_loaders.MissingSessionError


def test_missing_things_are_runtime_errors_as_in_ariadne_contrib_sqlalchemy():
    assert issubclass(MissingSessionError, RuntimeError)
    assert issubclass(MissingRegistryError, RuntimeError)
