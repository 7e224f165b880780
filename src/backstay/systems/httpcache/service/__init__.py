"""What the caching proxy does: the rules of HTTP caching, what is kept, and the purge."""
