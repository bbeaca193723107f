"""Read models, KPIs, the API and the portal.

Events pass through the folders in this sequence. `projections` fold events into view documents,
`read_models` store and query the documents, `kpis` compute values from counts, and `api` and
`portal` show the results. `commands` publishes the commands of operators and admins to the topic
`commands`.
"""
