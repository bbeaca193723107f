"""What must happen by when, and what follows if it does not."""
