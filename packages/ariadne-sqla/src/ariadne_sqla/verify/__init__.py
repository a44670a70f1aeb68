"""The proof on one's own models: every way to an answer against lazy loading."""

from .report import Difference, Kind, NotAsked, Verification
from .verifier import verify

__all__ = ["Difference", "Kind", "NotAsked", "Verification", "verify"]
