"""What the identity system does."""
