"""A whole purchase, over HTTP, beside shop systems: what it costs, and what holds when many buy at once."""
