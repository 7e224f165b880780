"""The statements of the identity system."""
