"""Ed25519 over the raw body, as in `X-GHL-Signature`, with a key of the simulator's own."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from slipway.simulators.ports import RandomSource

HEADER = "X-GHL-Signature"


class Signer:
    """A seeded world has the same key after a restart, so its receivers need no new setting."""

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
