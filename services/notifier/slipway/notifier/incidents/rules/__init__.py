"""Rules: whether an event is a symptom of a cause or a recovery from it, and its text (pure).

Each file has the rules for one subject. `table` combines them.
"""
