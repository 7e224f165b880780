"""The same results for different readers: a terminal, a CI server, a browser."""
