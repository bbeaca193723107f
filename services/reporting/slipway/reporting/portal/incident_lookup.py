"""Finds the open incident that explains why a VPS needs attention (pure)."""

from collections.abc import Sequence

from slipway.reporting.ports import View


def incident_of(vps: View, incidents: Sequence[View]) -> View | None:
    """Returns the incident about the VPS, else about its region, else about its account."""
    account = f"{vps.get('provider')}/{vps.get('account')}"
    by_subject = {each.get("subject"): each for each in incidents}
    subjects = (vps["_id"], f"{account}/{vps.get('region')}", account)
    return next((by_subject[subject] for subject in subjects if subject in by_subject), None)
