"""Provider accounts: proven, paused, probed."""
