"""One module for each family of mappings."""

from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules

from ..case import Case, Reflected

FAMILIES: dict[str, Sequence[Case | Reflected]] = {
    module.name: import_module(f"{__name__}.{module.name}").CASES
    for module in iter_modules(__path__)
}
