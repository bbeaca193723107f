"""GHL's API: the port, the client, the rate limit, and the parsing of records and statuses."""
