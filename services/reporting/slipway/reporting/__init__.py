"""What happened, how well it went, and the portal where people see it and decide.

In walking order: `inbox` takes every topic in batches, `projections` fold events into view
documents, `read_models` answers questions about them, `kpis` turns counts into figures, `api` and
`portal` show them; a person's decision leaves through `decisions` to the `commands` topic.
"""
