"""The logs, traces, metrics, health checks, heartbeats and settings of a service."""
