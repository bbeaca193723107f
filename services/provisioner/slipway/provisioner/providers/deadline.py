"""HTTP connections that refuse to write after a deadline: the last check before the socket (H4).

The deadline is boot time (`CLOCK_BOOTTIME`), which also runs while the machine sleeps. What lies
unsent in the kernel is dropped before others may act. What remains: a provider, or a proxy on the
way, that took the call and does it late. Drivers mount `FencedAdapter` on their session.
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
"""How long the kernel tries to hand over what was written; less than others wait (H4)."""
_DROP_UNSENT = (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNSENT_SECONDS * 1000)

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


class TooLate(Exception):
    """Nothing was sent: the deadline had passed."""


def boot_time() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@contextmanager
def not_after(deadline: float) -> Iterator[None]:
    """What is sent in here goes out before the deadline or not at all."""
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def check(now: Callable[[], float] = boot_time) -> None:
    deadline = _deadline.get()
    if deadline is not None and now() > deadline:
        raise TooLate


class _FencedHttp(HTTPConnection):
    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # may take long: the check comes after it
        check()
        super().send(data)


class _FencedHttps(HTTPSConnection):
    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        check()
        super().send(data)


class _FencedHttpPool(HTTPConnectionPool):
    ConnectionCls = _FencedHttp


class _FencedHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _FencedHttps


class FencedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        # Without it, a call may go out of a healed network minutes later, its socket long closed.
        options = [*HTTPConnection.default_socket_options, _DROP_UNSENT]
        super().init_poolmanager(*args, socket_options=options, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _FencedHttpPool,
            "https": _FencedHttpsPool,
        }
