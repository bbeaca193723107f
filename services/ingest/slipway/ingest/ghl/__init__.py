"""GHL's API: port, client, rate limit, and the reading of its records and statuses."""
