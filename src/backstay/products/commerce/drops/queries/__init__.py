"""The statements of drops."""
