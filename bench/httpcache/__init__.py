"""How the caching proxy does in http-tests/cache-tests, beside other caches."""
