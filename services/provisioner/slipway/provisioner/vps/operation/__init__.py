"""The one operation of a VPS: when it starts, its attempts, and what proves its effect."""
