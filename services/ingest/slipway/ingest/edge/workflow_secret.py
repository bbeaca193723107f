"""Finds and compares the shared secret of a workflow call, and removes it (pure).

It is removed before the body is stored. The secret is in a header or in `customData.token`, never
in the URL, because URLs are written to logs. A body that isn't JSON may contain the token too. Such
a body is stored and shown as quarantined.
"""

import hmac
import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from slipway.ingest.ghl.payload import flat, items, mapping, parse_json

HEADER = "x-slipway-token"
BLANKED = "[blanked]"

_TOKEN = re.compile(rb'"token"\s*:\s*"([^"\\]{1,512})"')
_MAX_TOKENS = 50


def authenticate(headers: Mapping[str, str], body: bytes, secret: str | None) -> bytes | None:
    """Returns the body without the secret, or None if the call does not contain the secret."""
    if secret is None:
        return None
    payload = _parse_or_none(body)
    tokens = _tokens_in_text(body) if payload is None else _tokens_in_json(payload)
    given = (_bearer_token(headers), headers.get(HEADER), *tokens)
    if not any(is_secret(token, secret) for token in given):
        return None
    return _without_secret(body, payload, secret)


def is_secret(given: str | None, secret: str) -> bool:
    """Returns whether the text is the secret, in constant time. An empty secret never matches."""
    if not given or not secret:
        return False
    # JSON can contain half a surrogate pair, which plain UTF-8 refuses to encode.
    return hmac.compare_digest(given.encode(errors="surrogatepass"), secret.encode())


def _tokens_in_json(payload: Any) -> Iterator[str]:
    for entry in items(payload):
        token = mapping(flat(entry).get("customData")).get("token")
        if isinstance(token, str):
            yield token


def _tokens_in_text(body: bytes) -> Iterator[str]:
    for found in islice(_TOKEN.finditer(body), _MAX_TOKENS):
        yield found[1].decode(errors="replace")


def _without_secret(body: bytes, payload: Any, secret: str) -> bytes:
    # Nothing signs this body, so it may be serialised again. Replacing bytes alone would miss a
    # secret that is written with JSON escapes or in another encoding.
    escaped = _to_json(secret)[1:-1]
    serialised = "" if payload is None else _to_json(payload)
    if escaped in serialised:
        body = serialised.replace(escaped, BLANKED).encode(errors="surrogatepass")
    return body.replace(secret.encode(), BLANKED.encode())


def _to_json(value: Any) -> str:
    # ASCII escapes could make a body of four mebibytes larger than Kafka's limit.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _bearer_token(headers: Mapping[str, str]) -> str | None:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


def _parse_or_none(body: bytes) -> Any:
    """Returns the JSON value, or None if the body is not JSON.

    JSON's `null` is None as well, because it contains no token either.
    """
    try:
        return parse_json(body)
    except (ValueError, RecursionError):
        return None
