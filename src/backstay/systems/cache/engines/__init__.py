"""Where values are kept, and how one process at a time computes one: in memory, or in Redis."""
