"""Jobs: work that survives anything, enqueued in the same commit as your data."""
