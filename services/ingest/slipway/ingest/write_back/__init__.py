"""Writes a server's address and state into the contact's custom fields in GHL."""
