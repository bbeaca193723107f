"""Carries httpx's requests with aiohttp's connections; `wiring` puts it under the client of GHL.

httpx's own took 2 ms of a core for each request, 4 ms with 32 under way, and a delivery needs three
(measured); with these it takes 0.6 ms, however many there are. httpx-aiohttp 0.2.0 does the same,
but unquotes an id's dots so that it leaves its path, and an answer that is no HTTP escapes as an
error that isn't httpx's.
"""

from collections.abc import Mapping
from typing import Any
from urllib.request import getproxies

import aiohttp
import httpx
from yarl import URL


class GhlWire(httpx.AsyncBaseTransport):
    """At most `connections` at once. Proxies come from the environment, roots from httpx."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        try:
            async with self._lines().request(
                request.method,
                # Quoted already: quoting anew could let an id leave its path.
                URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=body or None,
                timeout=_timeout(request.extensions.get("timeout", {})),
                allow_redirects=False,
            ) as answer:
                content = httpx.ByteStream(await answer.read())
                return httpx.Response(answer.status, headers=answer.raw_headers, stream=content)
        except TimeoutError as error:
            raise httpx.TimeoutException(type(error).__name__, request=request) from error
        except (aiohttp.ClientError, OSError) as error:
            raise httpx.NetworkError(type(error).__name__, request=request) from error

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _lines(self) -> aiohttp.ClientSession:
        """Made by the first request, inside the loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, ssl=httpx.create_ssl_context()
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                # Only where there is a proxy to find: it reads ~/.netrc for every request, too.
                trust_env=bool(getproxies()),
            )
        return self._session


def _timeout(given: Mapping[str, Any]) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=None, sock_connect=given.get("connect"), sock_read=given.get("read")
    )
