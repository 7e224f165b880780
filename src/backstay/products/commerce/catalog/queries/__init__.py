"""The catalogue's statements."""
