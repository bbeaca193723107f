"""The tasks: one for each desired change of a VPS, with its outcome. The KPIs count them."""
