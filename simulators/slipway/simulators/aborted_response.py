"""A response without its body. The server then closes the connection."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class AbortedResponse(Response):
    """Announces a body but sends none, so the client never gets the answer.

    The effects of the request remain.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
