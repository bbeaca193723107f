"""HTTP connections that refuse to write a request after its deadline (H4).

The deadline is a time of `CLOCK_BOOTTIME`, because this clock also runs while the machine sleeps.
The kernel drops unsent data before another worker may call the provider. One case is not covered: a
provider or proxy accepts the call in time and executes it late. Drivers mount `DeadlineAdapter` on
their HTTP session.
"""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

UNSENT_SECONDS = 15
"""How long the kernel tries to send written data. Other workers wait longer than this (H4)."""
_DROP_UNSENT = (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNSENT_SECONDS * 1000)

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


class TooLate(Exception):
    """The deadline passed before the request was written, so nothing was sent."""


def boot_time() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@contextmanager
def not_after(deadline: float) -> Iterator[None]:
    """Sets the deadline of all requests in the `with` block.

    A request that would be written after the deadline raises TooLate.
    """
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def check(now: Callable[[], float] = boot_time) -> None:
    deadline = _deadline.get()
    if deadline is not None and now() > deadline:
        raise TooLate


class _DeadlineHttp(HTTPConnection):
    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # may take long, so the check comes after it
        check()
        super().send(data)


class _DeadlineHttps(HTTPSConnection):
    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        check()
        super().send(data)


class _DeadlineHttpPool(HTTPConnectionPool):
    ConnectionCls = _DeadlineHttp


class _DeadlineHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _DeadlineHttps


class DeadlineAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        # Otherwise the kernel may send a call minutes later, when a broken network works again.
        options = [*HTTPConnection.default_socket_options, _DROP_UNSENT]
        super().init_poolmanager(*args, socket_options=options, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _DeadlineHttpPool,
            "https": _DeadlineHttpsPool,
        }
