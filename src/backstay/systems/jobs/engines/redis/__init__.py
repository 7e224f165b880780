"""Jobs on Redis: one Lua script a verb, and a relay that brings jobs over from the database's commits."""

from backstay.systems.jobs.engines.redis.address import Address, RedisUnfit
from backstay.systems.jobs.engines.redis.store import RedisStore

__all__ = ["Address", "RedisStore", "RedisUnfit"]
