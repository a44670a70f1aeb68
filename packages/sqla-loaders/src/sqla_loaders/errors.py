"""The errors of this package.

```
LoaderError
├── MissingSessionError (RuntimeError)      the GraphQL context has no session
├── ClosedRegistryError (RuntimeError)      a loader is used after its request
├── AsyncOwnerError (RuntimeError)          an AsyncSession's object, no event loop
├── FailedBatchError                        the batch failed; another field says why
├── NotLoadedError (LookupError)            a value is read that was forgotten
└── ParentKeyError (LookupError)            a parent lacks what the join is on
```
"""

from __future__ import annotations

__all__ = [
    "AsyncOwnerError",
    "ClosedRegistryError",
    "FailedBatchError",
    "LoaderError",
    "MissingSessionError",
    "NotLoadedError",
    "ParentKeyError",
]


class LoaderError(Exception):
    """The root of what this package raises."""


class MissingSessionError(LoaderError, RuntimeError):
    """The GraphQL context has no SQLAlchemy session where it is looked for."""


class ClosedRegistryError(LoaderError, RuntimeError):
    """A loader is used after the request that its registry belongs to."""


class AsyncOwnerError(LoaderError, RuntimeError):
    """An object of an `AsyncSession` lacks something where no event loop runs."""


class FailedBatchError(LoaderError):
    """The statement for all objects of a batch failed, which another field tells."""


class NotLoadedError(LoaderError, LookupError):
    """A value is read that was not loaded, or was forgotten after a write."""


class ParentKeyError(LoaderError, LookupError):
    """A parent that is no mapped object lacks what the relationship joins on."""
