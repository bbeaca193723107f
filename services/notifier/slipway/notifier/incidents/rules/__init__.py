"""Rules: which event is a symptom of which cause or a recovery from it, and its text (pure).

One file for each topic of trouble. `table` puts them together.
"""
