"""Authentic deliveries ended applied or ignored by rule, of all and of what webhooks missed."""

from slipway.reporting.kpis.evidence import Evidence
from slipway.reporting.kpis.kpi import Figure, share


def webhook_processing(evidence: Evidence) -> Figure:
    counts = evidence.counts
    missed, authentic = counts.of("deliveries.missed"), counts.of("deliveries.authentic")
    decided = counts.of("deliveries.processed") + counts.of("deliveries.quarantined")
    # The fresh are counted a moment after the buckets were read: more may have come by then.
    fresh = min(evidence.fresh_deliveries, authentic - decided)
    judged = authentic - fresh + missed
    beside = {
        "found_only_by_the_poll": missed,
        "quarantined": counts.of("deliveries.quarantined"),
        "late": counts.of("deliveries.late"),
        "undecided_yet": fresh,
        "refused": counts.of("edge.refused_signature"),
        "duplicates": counts.of("edge.duplicates"),
    }
    return share(counts.of("deliveries.processed"), judged, beside)
