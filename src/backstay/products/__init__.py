"""Products: what stands on the systems, from a counter to a shop."""
