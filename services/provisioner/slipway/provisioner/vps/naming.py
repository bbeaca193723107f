"""The names and labels of servers at a provider (pure).

They are hashes, because GHL's ids contain `:`, which is illegal in labels (H15). The simulator's
judge computes the same hashes from the published scheme, not from this module.
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
    """The name and labels of one generation of one VPS of one installation."""

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
    """Returns the label that all generations of a VPS share."""
    return _hash(installation, vps_id)


def sentinel_name(installation: str, account_id: str) -> str:
    """Returns the name of the SSH key that identifies an account (H5).

    Each account has its own key name. If two of our tokens are swapped, neither finds its key.
    """
    return f"slipway-sentinel-{installation}-{account_id.replace('/', '-')}"


def _hash(*parts: str) -> str:
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    return base64.b32encode(digest[:10]).decode().lower().rstrip("=")
