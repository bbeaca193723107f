"""Authentic deliveries ended applied or ignored by rule, of all and of what webhooks missed."""

from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.figure import Figure, share


def webhook_processing(evidence: Evidence) -> Figure:
    counts = evidence.counts
    missed = counts.of("deliveries.missed")
    judged = counts.of("deliveries.authentic") - evidence.fresh_deliveries + missed
    beside = {
        "found_only_by_the_poll": missed,
        "quarantined": counts.of("deliveries.quarantined"),
        "late": counts.of("deliveries.late"),
        "undecided_yet": evidence.fresh_deliveries,
        "refused": counts.of("edge.refused_signature"),
        "duplicates": counts.of("edge.duplicates"),
    }
    return share(counts.of("deliveries.processed"), judged, beside)
