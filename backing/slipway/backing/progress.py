"""Says what takes long, on standard error, so that standard output stays for URLs."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from rich.console import Console

Progress = Callable[[str], AbstractContextManager[object]]


def spinner(what: str) -> AbstractContextManager[object]:
    """A line that moves in a terminal, and a plain line elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        console.print(what, "…")
    return console.status(f"{what} …")
