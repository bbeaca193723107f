"""Which open incident a VPS that needs a person belongs to (pure)."""

from collections.abc import Sequence

from slipway.reporting.ports import View


def incident_of(vps: View, incidents: Sequence[View]) -> View | None:
    """The one that names it, else the one of its region, else of its account."""
    account = f"{vps.get('provider')}/{vps.get('account')}"
    by_subject = {each.get("subject"): each for each in incidents}
    subjects = (vps["_id"], f"{account}/{vps.get('region')}", account)
    return next((by_subject[subject] for subject in subjects if subject in by_subject), None)
