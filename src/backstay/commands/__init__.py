"""Commands of the command line that compose a whole backend: serve, dev, routes, openapi."""
