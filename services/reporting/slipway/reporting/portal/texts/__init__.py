"""The texts of the portal about events, KPIs and health, and the formats of times and shares."""
