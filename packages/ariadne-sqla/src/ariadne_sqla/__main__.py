"""The command line: `ariadne-sqla`, and `python -m ariadne_sqla`.

What it is built on is an extra. Without it, this says what to install.
"""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line, and leave with its exit code."""
    try:
        import click  # noqa: F401 - to tell that it is missing, and nothing else
    except ImportError:
        sys.exit("The command line needs an extra: pip install 'ariadne-sqla[cli]'.")
    from .cli import commands

    commands(prog_name="ariadne-sqla")


if __name__ == "__main__":
    main()
