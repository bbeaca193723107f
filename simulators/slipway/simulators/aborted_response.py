"""An answer that never arrives whole: the server then closes the connection on its caller."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class AbortedResponse(Response):
    """Announces a body and sends none. What was done before it stays done: the reply is lost."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
