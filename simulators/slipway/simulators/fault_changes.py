"""Applies an admin request that changes some faults. Other faults keep their settings."""

from collections.abc import Set as AbstractSet

from pydantic import BaseModel

from slipway.simulators.fault_triggers import FaultTrigger


class TriggerChange(BaseModel):
    probability: float | None = None
    armed: int | None = None


def apply_change(faults: object, change: BaseModel, *, but: AbstractSet[str] = frozenset()) -> None:
    """Copies each given field of `change` to the field of `faults` with the same name.

    Leaves out the fields that `but` names.
    """
    for name in change.model_fields_set - but:
        given = getattr(change, name)
        kept = getattr(faults, name)
        if isinstance(given, TriggerChange) and isinstance(kept, FaultTrigger):
            apply_change(kept, given)
        elif given is not None:
            setattr(faults, name, given)
