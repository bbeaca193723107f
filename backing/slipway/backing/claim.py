"""Locks a folder. The kernel releases the lock when the process that holds it ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slipway.backing.problem import CannotStart


@contextmanager
def claimed(folder: Path, *, wait: bool) -> Iterator[None]:
    """Locks the folder during the block.

    Raises CannotStart if another launcher holds the lock and `wait` is false.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "claim").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStart(
                f"{folder} is in use by another launcher: stop that one, or name another folder."
            ) from error
        yield
