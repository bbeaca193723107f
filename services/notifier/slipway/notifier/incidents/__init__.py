"""Incidents: one for each cause and subject, with all its symptoms."""
