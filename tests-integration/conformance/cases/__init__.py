"""One module for each family of mappings."""

from importlib import import_module
from pkgutil import iter_modules

from ..case import Case, Reflected

CASES: list[Case | Reflected] = [
    case
    for module in iter_modules(__path__)
    for case in import_module(f"{__name__}.{module.name}").CASES
]
