"""GHL's API: client, rate limit, records and statuses."""
