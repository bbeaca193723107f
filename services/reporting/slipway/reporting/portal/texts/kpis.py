"""Texts for KPIs: titles, definitions, headings, target and number of cases (pure)."""

from slipway.reporting.kpis.kpi import Kpi
from slipway.reporting.portal.texts.formatting import value

TITLES = {
    "automation_success": "Automation success",
    "provisioning_time": "Provisioning time",
    "deprovisioning_time": "Deprovisioning time",
    "webhook_processing": "Webhook processing",
    "manual_interventions": "Manual interventions",
    "uptime": "Portal uptime",
    "error_rate": "Error rate",
    "satisfaction": "Satisfaction",
    "notified_in_time": "Notified in time",
    "faults_healed": "Faults recovered automatically",
    "portal_data_age": "Age of the portal's data",
}
EXPLAINED = {
    "automation_success": "Share of creations and deletions that succeeded without an operator",
    "provisioning_time": "Mean time from the start in GoHighLevel until the server is ready",
    "deprovisioning_time": "Mean time from cancellation, or the hold's end, until it is deleted",
    "webhook_processing": "Share of authentic webhooks that were applied or ignored by rule",
    "manual_interventions": "Servers created or deleted by hand this month",
    "uptime": "Share of time slots in which this portal answered within one second",
    "error_rate": "Share of finished tasks that failed",
    "satisfaction": "Mean of each admin's latest rating, from 1 to 5",
}
CASES = {
    "automation_success": ("task", "tasks"),
    "provisioning_time": ("server", "servers"),
    "deprovisioning_time": ("server", "servers"),
    "webhook_processing": ("webhook", "webhooks"),
    "manual_interventions": ("change in total", "changes in total"),
    "uptime": ("slot", "slots"),
    "error_rate": ("task", "tasks"),
    "satisfaction": ("rating", "ratings"),
    "notified_in_time": ("incident", "incidents"),
    "faults_healed": ("task with a fault", "tasks with a fault"),
    "portal_data_age": ("sample", "samples"),
}
AGAINST = {
    "automation_success": "Failed or finished manually",
    "webhook_processing": "Not processed, or webhook missing",
    "manual_interventions": "Created or deleted by hand",
    "uptime": "Down or slow",
    "error_rate": "Failed",
}
OTHERS = {
    "automation_success": "Automatic",
    "provisioning_time": "Servers created",
    "deprovisioning_time": "Servers deleted",
    "webhook_processing": "Processed",
    "manual_interventions": "Retries by operators (not counted)",
    "uptime": "Answered in time",
    "error_rate": "Succeeded",
    "satisfaction": "Ratings",
}
APPEARS = {
    "automation_success": "Each created or deleted server appears here.",
    "provisioning_time": "Each server appears here once it is ready.",
    "deprovisioning_time": "Each server appears here once it is deleted.",
    "webhook_processing": "Each webhook from GoHighLevel appears here with its result.",
    "manual_interventions": "Each server that an operator creates or deletes appears here.",
    "uptime": "The results of the uptime probe appear here.",
    "error_rate": "Each task appears here once it has finished.",
    "satisfaction": "Admins are asked from their third visit on. Their ratings appear here.",
}
_SIGNS = {"<=": "≤", ">=": "≥"}


def target(kpi: Kpi) -> str:
    if kpi.target is None or kpi.operator is None:
        return "no target"
    return f"{_SIGNS.get(kpi.operator, kpi.operator)} {value(kpi.target, kpi.unit)}"


def cases(kpi: Kpi) -> str:
    one, many = CASES[kpi.name]
    return f"{kpi.n:,} {one if kpi.n == 1 else many}"
