"""Notifications: one message about an incident to one channel, as due work with a receipt."""
