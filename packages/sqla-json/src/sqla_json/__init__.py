"""GraphQL selections on SQLAlchemy models as one statement that is the JSON."""

from .__about__ import __version__
from .answers import JsonAnswer, answer_on
from .compilation import compiled
from .compiled_plan import Compiled
from .declining import Declined
from .reads import AskedPage, MadeOf, Reads

__all__ = [
    "AskedPage",
    "Compiled",
    "Declined",
    "JsonAnswer",
    "MadeOf",
    "Reads",
    "__version__",
    "answer_on",
    "compiled",
]
