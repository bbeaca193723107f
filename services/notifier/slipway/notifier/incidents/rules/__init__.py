"""Rules that decide whether an event is a symptom of a cause or a recovery from it (pure).

Each file has the rules for one subject and their texts. `table` combines the files.
"""
