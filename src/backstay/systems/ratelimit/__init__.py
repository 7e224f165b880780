"""Rate limits: how much who may ask, how much runs at once, and what is left when there is too much.

Promises: a policy admits exactly what it says in every window, on every process together; several
policies of one request are taken from all or not at all; a change reaches every process within a
second; a store that does not answer never becomes an error. Limits: a request that no route takes
(404, 405) is not counted; without a shared store each process counts by itself.
"""

from backstay.systems.ratelimit.contracts import Algorithm, Per, Policy, Verdict, WhenDown
from backstay.systems.ratelimit.errors import Overloaded, QuotaExceeded
from backstay.systems.ratelimit.service.declaring import Concurrent, Critical, Limit, Unlimited
from backstay.systems.ratelimit.service.limiter import Limiter

__all__ = [
    "Algorithm",
    "Concurrent",
    "Critical",
    "Limit",
    "Limiter",
    "Overloaded",
    "Per",
    "Policy",
    "QuotaExceeded",
    "Unlimited",
    "Verdict",
    "WhenDown",
]
