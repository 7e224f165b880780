"""Keeping the request log (`recording`), reading it (`reading`), following it live (`tail`)."""

from backstay.systems.traffic.service.reading import calls, count, count_calls, get, list_, routes
from backstay.systems.traffic.service.recording import Recorder
from backstay.systems.traffic.service.tail import Tail

__all__ = ["Recorder", "Tail", "calls", "count", "count_calls", "get", "list_", "routes"]
