"""Computes digests of tokens.

Only digests are stored, so a copy of the database grants no access.
"""

import hashlib
import hmac


class Digest:
    """Computes HMAC-SHA256 with the session secret.

    A password would need a slow hash. A token does not, because it has 256 random bits.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def __call__(self, token: str) -> str:
        return hmac.new(self._secret, token.encode(), hashlib.sha256).hexdigest()
