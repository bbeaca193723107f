"""Notification channels: one file for each."""
