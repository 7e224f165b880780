"""Redis for short questions: what the cache and the limits ask within a request.

Promises: an answer or an error in time; answers in the order of the questions. Limits: nothing that
blocks, no subscriptions, no cluster; those take redis-py's own client.
"""

from backstay.kernel.redis.line import Line, Refused, written

__all__ = ["Line", "Refused", "written"]
