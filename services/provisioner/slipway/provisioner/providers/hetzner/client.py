"""Runs Hetzner's client library `hcloud` in threads, with deadlines, time-outs and a rate limit.

The library's own retries are off, because Slipway records each attempt as an event.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

import requests
from hcloud import Client

from slipway.contracts.vps import FaultKind
from slipway.provisioner.providers.deadline import DeadlineAdapter, not_after
from slipway.provisioner.providers.hetzner.errors import LastAnswer, last_answer, problem_of
from slipway.provisioner.providers.hetzner.fault_table import Call
from slipway.provisioner.providers.rate_limit import TokenBucket
from slipway.telemetry import metrics

T = TypeVar("T")

_CONNECT_SECONDS = 3.0
_CONNECTIONS = 32


class HetznerClient:
    def __init__(
        self,
        token: str,
        endpoint: str,
        *,
        account_id: str,
        answer_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        """`account_id` is the label of the rate limit's metric.

        `answer_seconds` must be below `next_step.CALL_TIMEOUT_SECONDS`. `hcloud` applies this
        time-out to each read of the socket, so `call_seconds` also limits the whole call.
        """
        timeout = (_CONNECT_SECONDS, answer_seconds)
        self.call_seconds = sum(timeout)
        self.api = Client(token, api_endpoint=endpoint, timeout=timeout)
        inner = self.api._client  # noqa: SLF001 - the client offers no other way to set it
        inner._retry_max_retries = 0  # noqa: SLF001 - the same
        session: requests.Session = inner._session  # noqa: SLF001 - the same
        session.trust_env = False
        adapter = DeadlineAdapter(pool_connections=4, pool_maxsize=_CONNECTIONS)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        session.hooks["response"].append(self._note_answer)
        # It has its own threads, because the loop's default pool is small and has other users.
        self._threads = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="hetzner")
        self.tokens = TokenBucket(clock)
        self._metric = metrics.PROVIDER_RATE_LIMIT.labels(account_id)
        self._thread = threading.local()

    async def write(self, call: Call, send: Callable[[], T], deadline: float) -> T:
        def before_deadline() -> T:
            with not_after(deadline):
                return send()

        return await self._run(call, before_deadline, self.call_seconds)

    async def read(
        self, call: Call, send: Callable[[], T], within_seconds: float | None = None
    ) -> T:
        return await self._run(call, send, within_seconds or self.call_seconds)

    async def _run(self, call: Call, send: Callable[[], T], within_seconds: float) -> T:
        def translated() -> T:
            self._thread.answer = None
            try:
                return send()
            except Exception as error:  # hcloud may raise any error for a broken answer
                answer: LastAnswer | None = self._thread.answer
                problem = problem_of(error, call=call, answer=answer)
                if problem.fault.kind is FaultKind.RATE_LIMITED:
                    self.tokens.empty(problem.retry_after_seconds)
                raise problem from error

        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(within_seconds):
                return await loop.run_in_executor(self._threads, copy_context().run, translated)
        except TimeoutError as error:
            # The thread may still be reading. If it has not yet written, the deadline stops it.
            raise problem_of(error, call=call, answer=None) from error

    def _note_answer(self, answer: requests.Response, **_: Any) -> None:
        self._thread.answer = last_answer(answer)
        self.tokens.report(answer.headers)
        if (remaining := self.tokens.remaining) is not None:
            self._metric.set(remaining)
