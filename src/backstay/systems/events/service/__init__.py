"""The use cases of events: keeping, handing over, replaying, projecting, and loading aggregates."""
