"""Limits in Redis: one script a request, which nothing can come between."""

from backstay.systems.ratelimit.engines.redis.store import RedisStore

__all__ = ["RedisStore"]
