"""One pure formula for each KPI and each measure of an objective."""
