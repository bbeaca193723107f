"""One formula for each KPI and OKR measure (pure)."""
