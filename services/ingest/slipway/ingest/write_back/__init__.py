"""Writes a server's address and state to the contact's custom fields in GHL."""
