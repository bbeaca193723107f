"""Only the exact bytes, signed with one of the keys, are authentic."""

import base64

import pytest
from slipway.ingest.edge.signature import is_authentic
from slipway.ingest.ghl.public_keys import load_keys

from tests.support.builders.ghl_key import GhlKey

_OURS, _STRANGER = GhlKey(), GhlKey()
_KEYS = load_keys(GhlKey().pem + _OURS.pem)
_BODY = '{"type":"OrderCreate","name":"Zoë 1.0"}'.encode()
_RAW = _OURS.private.sign(_BODY)
_ORDER = 2**252 + 27742317777372353535851937790883648493
"""Order of the curve's group: adding it to a signature's second half gives a malleable twin."""


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _twin(raw: bytes) -> bytes:
    s = int.from_bytes(raw[32:], "little") + _ORDER
    return raw[:32] + s.to_bytes(32, "little")


def test_the_signed_bytes_are_authentic_with_any_of_the_keys() -> None:
    assert is_authentic(_BODY, _text(_RAW), _KEYS)
    assert is_authentic(_BODY, f" {_text(_RAW)}\n", _KEYS)
    assert is_authentic(b"", _text(_OURS.private.sign(b"")), _KEYS)


def test_the_example_of_the_rfc_is_authentic() -> None:
    # RFC 8032, section 7.1, test 2.
    key = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signed = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    der = bytes.fromhex("302a300506032b6570032100") + key
    pem = f"-----BEGIN PUBLIC KEY-----\n{_text(der)}\n-----END PUBLIC KEY-----\n"
    assert is_authentic(b"\x72", _text(signed), load_keys(pem))


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (_BODY + b" ", _text(_RAW)),
        (_BODY[:-1], _text(_RAW)),
        (b"", _text(_RAW)),
        (_BODY, _text(_STRANGER.private.sign(_BODY))),
        (_BODY, _text(_RAW[:63])),
        (_BODY, _text(_RAW + b"x")),
        (_BODY, _text(b"")),
        (_BODY, _text(bytes(64))),
        (_BODY, _text(bytes([_RAW[0] ^ 1]) + _RAW[1:])),
        (_BODY, _text(_RAW[:63] + bytes([_RAW[63] ^ 1]))),
        (_BODY, _text(_twin(_RAW))),
        (_BODY, "not base64!"),
        (_BODY, _text(_RAW)[:-2]),
        (_BODY, "Zoë"),
        (_BODY, None),
    ],
    ids=[
        "longer body",
        "shorter body",
        "no body",
        "unknown key",
        "63 bytes",
        "65 bytes",
        "empty",
        "zeros",
        "first bit",
        "last bit",
        "malleable twin",
        "junk",
        "no padding",
        "not ascii",
        "none",
    ],
)
def test_everything_else_is_refused(body: bytes, signature: str | None) -> None:
    assert is_authentic(body, signature, _KEYS) is False
