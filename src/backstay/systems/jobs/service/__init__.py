"""The use cases of the jobs system."""
