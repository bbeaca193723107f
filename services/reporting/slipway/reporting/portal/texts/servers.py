"""Texts that explain why an operation on a server waits (pure)."""

_WITHHELD = {
    "brake": "the safety brake is on",
    "held": "an operator holds it",
    "account-paused": "the provider account is paused",
    "creations-paused": "the provider account creates no servers at the moment",
    "observe": "its location is in observe mode",
}


def withheld_text(reason: str) -> str:
    return _WITHHELD.get(reason, reason)
