"""Which event is a symptom of which cause, and its text (pure)."""
