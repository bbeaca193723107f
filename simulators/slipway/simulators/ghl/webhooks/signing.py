"""Signs the raw body with the simulator's own Ed25519 key, for the header `X-GHL-Signature`."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from slipway.simulators.ports import RandomSource

HEADER = "X-GHL-Signature"


class Signer:
    """Signs bodies with a key derived from the seed.

    The same seed always results in the same key, so receivers need no new setting after a restart.
    """

    def __init__(self, rng: RandomSource) -> None:
        seed = rng.getrandbits(256).to_bytes(32, "big")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    def sign(self, body: bytes) -> str:
        return base64.b64encode(self._key.sign(body)).decode()

    @property
    def public_pem(self) -> str:
        return (
            self._key.public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )
