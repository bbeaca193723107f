"""Builds and publishes the commands of operators and admins, and reports their status."""
