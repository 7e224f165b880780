"""The statements of reviews."""
