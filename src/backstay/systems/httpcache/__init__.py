"""The HTTP cache: a caching reverse proxy before any origin (RFC 9111).

Promises: what an origin says of its answers is obeyed to the letter; what is one person's, sets a
cookie, or was made of what no key knows of, is given to nobody else; 250 ms after a committed purge
nobody is given what it named. Limits: one origin a proxy; parts of contents are not put together.
"""

from backstay.systems.httpcache.contracts import AnswerPurge, Asked, Given
from backstay.systems.httpcache.service.part import shared_cache
from backstay.systems.httpcache.service.purging import forget
from backstay.systems.httpcache.service.shared import SharedCache

__all__ = ["AnswerPurge", "Asked", "Given", "SharedCache", "forget", "shared_cache"]
