"""Deliveries: the inbox or the poller creates one stream each, and a worker follows its hints."""
