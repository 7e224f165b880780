"""Events over HTTP: the log and its live tail, subscriptions with replays, projections, the description."""

from backstay.systems.events.http.description import DescriptionController
from backstay.systems.events.http.log import EventsController
from backstay.systems.events.http.permissions import OPERATE, READ, REPLAY
from backstay.systems.events.http.probes import ProbesController
from backstay.systems.events.http.projections import ProjectionsController
from backstay.systems.events.http.subscriptions import ReplaysController, SubscriptionsController

__all__ = [
    "OPERATE",
    "READ",
    "REPLAY",
    "DescriptionController",
    "EventsController",
    "ProbesController",
    "ProjectionsController",
    "ReplaysController",
    "SubscriptionsController",
]
