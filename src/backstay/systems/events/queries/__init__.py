"""The statements of events: the log, its streams, and those who read it."""
