"""Due work of a VPS: one provider call, one observation at a time."""
