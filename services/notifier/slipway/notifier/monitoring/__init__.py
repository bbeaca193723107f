"""Monitoring: heartbeats, the portal probe, and alerts that need neither Kafka nor MongoDB."""
