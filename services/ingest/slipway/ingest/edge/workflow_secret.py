"""The shared secret of workflow calls: found, compared, and blanked before anything is kept (pure).

In a header or in `customData.token`, never in the URL: addresses end up in logs. A body that is no
JSON proves itself too where the token stands in it: it is kept, and a person sees it quarantined.
"""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from slipway.ingest.edge.signature import is_secret
from slipway.ingest.ghl.payload import flat, items, mapping, parse

HEADER = "x-slipway-token"
BLANK = "[blanked]"

_TOKEN = re.compile(rb'"token"\s*:\s*"([^"\\]{1,512})"')
_MOST_TOKENS = 50


def authentic(headers: Mapping[str, str], body: bytes, secret: str | None) -> bytes | None:
    """The body without the secret, or None where nobody proved to know it."""
    if secret is None:
        return None
    payload = _parsed(body)
    tokens = _written(body) if payload is None else _mapped(payload)
    given = (_bearer(headers), headers.get(HEADER), *tokens)
    if not any(is_secret(token, secret) for token in given):
        return None
    return _blanked(body, payload, secret)


def _mapped(payload: Any) -> Iterator[str]:
    for entry in items(payload):
        token = mapping(flat(entry).get("customData")).get("token")
        if isinstance(token, str):
            yield token


def _written(body: bytes) -> Iterator[str]:
    for found in islice(_TOKEN.finditer(body), _MOST_TOKENS):
        yield found[1].decode(errors="replace")


def _blanked(body: bytes, payload: Any, secret: str) -> bytes:
    # Nothing signs this body, so it may be written anew; the bytes alone could hide the secret
    # behind JSON escapes or another encoding.
    spelled, whole = _spelled(secret)[1:-1], "" if payload is None else _spelled(payload)
    if spelled in whole:
        body = whole.replace(spelled, BLANK).encode(errors="surrogatepass")
    return body.replace(secret.encode(), BLANK.encode())


def _spelled(value: Any) -> str:
    """No longer than it came: escaped, a body of four mebibytes would outgrow Kafka's limit."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


def _parsed(body: bytes) -> Any:
    """None where it is no JSON (or null, which holds nothing either)."""
    try:
        return parse(body)
    except (ValueError, RecursionError):
        return None
