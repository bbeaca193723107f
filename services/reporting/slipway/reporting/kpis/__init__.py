"""The KPIs. Each KPI is a pure formula over counts.

`scorecard` computes all KPIs for a time window. `kpi` compares a value with its target: met,
missed, or not enough data.
"""
