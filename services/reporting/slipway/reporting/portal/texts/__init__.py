"""The texts of the portal: events, KPIs, process health, and how times and shares are written."""
