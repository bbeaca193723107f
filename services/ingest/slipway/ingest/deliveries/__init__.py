"""Deliveries: the inbox or the poller creates a stream for each, and a worker reads what it names."""
