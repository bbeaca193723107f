"""The operation of a VPS: when it starts, its attempts, and how its effect is confirmed."""
