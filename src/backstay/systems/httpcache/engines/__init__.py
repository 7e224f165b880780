"""The connection to an origin, over HTTP/1.1."""
