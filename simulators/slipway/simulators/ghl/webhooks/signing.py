"""Signs the raw body with Ed25519, as in `X-GHL-Signature`, by the simulator's own key."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from slipway.simulators.ports import RandomSource

HEADER = "X-GHL-Signature"


class Signer:
    """The same seed gives the same key, so receivers need no new setting after a restart."""

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
