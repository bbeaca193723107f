"""The KPIs: each is a pure formula over counts. `scorecard` computes all of them for a window.

`kpi` compares a value with its target: met, missed, or not enough data.
"""
