"""The clock, ids and random numbers of the running process. Tests pass their own sources."""

import random
import secrets
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]

monotonic = time.monotonic
random_fraction = random.random


def utcnow() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return uuid.uuid4().hex


def new_token() -> str:
    """Returns a random secret that is safe in a URL."""
    return secrets.token_urlsafe(32)
