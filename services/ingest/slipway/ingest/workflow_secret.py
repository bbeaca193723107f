"""The shared secret of workflow calls: found, compared, and blanked before anything is kept (pure).

In a header or in `customData.token`, never in the URL: addresses end up in logs.
"""

import json
from collections.abc import Mapping
from typing import Any

from slipway.ingest.signature import is_secret

HEADER = "x-slipway-token"
BLANK = "[blanked]"


def authentic(headers: Mapping[str, str], body: bytes, secret: str | None) -> bytes | None:
    """The body without the secret, or None where nobody proved to know it."""
    if secret is None:
        return None
    by_header = is_secret(_bearer(headers), secret) or is_secret(headers.get(HEADER), secret)
    payload = _object(body)
    custom = payload.get("customData") if payload is not None else None
    token = custom.get("token") if isinstance(custom, dict) else None
    by_body = isinstance(token, str) and is_secret(token, secret)
    if not (by_header or by_body):
        return None
    if by_body and payload is not None and isinstance(custom, dict):
        # Nothing signs this body, so it may be written anew; the bytes alone could hide the
        # secret behind JSON escapes.
        body = json.dumps({**payload, "customData": {**custom, "token": BLANK}}).encode()
    return body.replace(secret.encode(), BLANK.encode())


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None
