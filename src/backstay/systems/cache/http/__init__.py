"""The cache over HTTP: its own routes, and the kept answers of other modules' routes."""

from backstay.systems.cache.http.answers import ANSWERS
from backstay.systems.cache.http.routes import PURGE, READ, CacheController, MineController, ProbesController

__all__ = ["ANSWERS", "PURGE", "READ", "CacheController", "MineController", "ProbesController"]
