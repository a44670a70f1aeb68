"""Writes the matrix as a table when the run is over."""

import os
from pathlib import Path

import pytest

from . import table


def pytest_sessionfinish(session: pytest.Session) -> None:
    page = os.environ.get("SQLA_TEST_CONFORMANCE_TABLE")
    if page and session.testscollected:
        table.write(session.config.rootpath / Path(page))
