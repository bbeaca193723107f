"""Shows slow steps on standard error, so that standard output holds only the URLs."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from rich.console import Console

Progress = Callable[[str], AbstractContextManager[object]]


def spinner(what: str) -> AbstractContextManager[object]:
    """Shows a spinner in a terminal. Prints a plain line if standard error is no terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        console.print(what, "…")
    return console.status(f"{what} …")
