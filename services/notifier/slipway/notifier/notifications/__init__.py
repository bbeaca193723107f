"""Notifications: each sends one message about an incident to one channel, as due work."""
