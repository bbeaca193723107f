"""Answers requests for a fresh read of GHL's record: the confirmation, and reads for an admin."""
