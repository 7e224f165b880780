"""What events promise, proven with probes: events whose effect is wrong as soon as it happens twice."""

from backstay.systems.events.guarantees.exchanging import events_survive_the_broker
from backstay.systems.events.guarantees.handing import events_take_effect_once, late_commits_are_not_passed_by

__all__ = ["events_survive_the_broker", "events_take_effect_once", "late_commits_are_not_passed_by"]
