"""What a VPS is called at a provider (pure). GHL's ids hold `:`, illegal in labels: hashed (H15).

The simulator's judge computes the same from the published scheme, not from this module.
"""

import base64
import hashlib
from dataclasses import dataclass

INSTALLATION = "slipway-installation"
VPS = "slipway-vps"
KEY = "slipway-key"
GENERATION = "slipway-generation"


@dataclass(frozen=True)
class ExternalName:
    """One generation of one VPS of one installation."""

    name: str
    labels: dict[str, str]


def external_name(installation: str, vps_id: str, generation: int) -> ExternalName:
    key = _hash(installation, vps_id, str(generation))
    return ExternalName(
        name=f"slw-{key}",
        labels={
            INSTALLATION: installation,
            VPS: vps_label(installation, vps_id),
            KEY: key,
            GENERATION: str(generation),
        },
    )


def vps_label(installation: str, vps_id: str) -> str:
    """The same for every generation of a VPS."""
    return _hash(installation, vps_id)


def sentinel_name(installation: str, account: str) -> str:
    """The SSH key by which an account is known again (H5).

    Each has its own: two tokens of ours changed over must not prove each other's account.
    """
    return f"slipway-sentinel-{installation}-{account.replace('/', '-')}"


def _hash(*parts: str) -> str:
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    return base64.b32encode(digest[:10]).decode().lower().rstrip("=")
