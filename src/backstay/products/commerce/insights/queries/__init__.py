"""The statements of insights."""
