"""What crosses the boundary of insights."""
