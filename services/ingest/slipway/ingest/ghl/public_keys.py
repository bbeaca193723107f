"""GHL's public keys: HighLevel's own key, and the parser of keys in a setting (pure)."""

import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from nacl.signing import VerifyKey

HIGHLEVEL_PEM = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=
-----END PUBLIC KEY-----
"""
"""HighLevel's key, the same for every app. Rotations are announced by e-mail (docs/ghl.md)."""

_PEM = r"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----"


class BadKey(ValueError):
    """The text is not the PEM of an Ed25519 public key."""


def load_keys(pems: str) -> tuple[VerifyKey, ...]:
    """Returns the keys of a text that contains one or more PEMs. Raises BadKey.

    A line break may also be written as a backslash and an n, as in environment files.
    """
    blocks = re.findall(_PEM, pems.replace("\\n", "\n"), re.DOTALL)
    if not blocks:
        raise BadKey("no PEM of a public key (-----BEGIN PUBLIC KEY-----) in it")
    return tuple(_load_key(block.encode()) for block in blocks)


def _load_key(pem: bytes) -> VerifyKey:
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadKey("not the PEM of a public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadKey("a public key, but not an Ed25519 one")
    return VerifyKey(key.public_bytes_raw())
