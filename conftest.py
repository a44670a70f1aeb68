"""Fixtures shared by every package's tests."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """SQLAlchemy's asyncio support and aiodataloader run on asyncio only."""
    return "asyncio"
