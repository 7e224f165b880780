"""Accounts: what it costs to know who asks, and to let somebody in."""
