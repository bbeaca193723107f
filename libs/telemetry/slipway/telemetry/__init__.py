"""What engineers see of a service: logs, traces, metrics, health, heartbeats and its settings."""
