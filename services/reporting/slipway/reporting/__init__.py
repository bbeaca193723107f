"""Read models, KPIs, the API and the portal.

In the order of the data: `inbox` consumes every topic in batches, `projections` fold events into
view documents, `read_models` store and query them, `kpis` compute values from counts, `api` and
`portal` show them. A command of an operator goes through `commands` to the topic of that name.
"""
