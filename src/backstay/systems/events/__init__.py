"""Events: what happened, kept in the commit that caused it and handed on exactly once in effect.

Modules list typed events and publish them on the unit of work; others subscribe, project, or
load aggregates from them. No reader of the log passes an event by, whatever order transactions
commit in; events of one subject come in their order. See README.md for the limits.
"""

from backstay.systems.events.contracts import Recorded as Recorded
from backstay.systems.events.errors import PositionGone as PositionGone
from backstay.systems.events.errors import StreamMoved as StreamMoved
from backstay.systems.events.service.aggregates import Aggregate as Aggregate
from backstay.systems.events.service.aggregates import Loaded as Loaded
from backstay.systems.events.service.aggregates import append as append
from backstay.systems.events.service.aggregates import history as history
from backstay.systems.events.service.part import Events as Events
from backstay.systems.events.service.projecting import Projection as Projection
from backstay.systems.events.service.projecting import Projector as Projector
from backstay.systems.events.service.projecting import active_generation as active_generation
from backstay.systems.events.service.projecting import rebuild as rebuild
from backstay.systems.events.service.subscribing import Subscription as Subscription
from backstay.systems.events.service.subscribing import subscribes as subscribes
