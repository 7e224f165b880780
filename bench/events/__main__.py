"""`python -m bench.events`: how quickly events reach a subscriber, from their commit on."""

from __future__ import annotations

import sys
from typing import Final

from bench.jobs.__main__ import Suite, main
from bench.jobs.contenders import Contender

_SUMMARY: Final = """\
The same events (two numbers as JSON, no subject) from a publisher to one subscriber whose handler counts
them: publisher and worker on core 0, the store on core 1, with synchronous commit and `synchronous=FULL`.

`single` and `bulk` publish one by one, and 1,000 in a commit (pg-boss publishes one by one only, so a
thousand at once); `drain` is a backlog from the log through the dispatcher to the handlers, at concurrency
32; `pickup` is the time from the intended moment of publishing to the handler's start, at 200 a second,
open loop, publisher and dispatcher being two processes. backstay's events get gapless positions and stay
in a log that can be replayed; pg-boss's are jobs of their subscribers, and nothing else. Medians, with
the lowest and the highest round."""

_OURS: Final = "bench.events.ours"

SUITE: Final = Suite(
    name="events",
    title="## Events",
    summary=_SUMMARY,
    contenders=(
        Contender(
            name="ours-pg", title="backstay", on="postgresql", program="bench.events.ours", runs="ours"
        ),
        Contender(
            name="pgboss",
            title="pg-boss 12 (publish, subscribe)",
            on="postgresql",
            program="pgboss-events.mjs",
            runs="node",
        ),
        Contender(
            name="ours-sqlite", title="backstay", on="sqlite", program="bench.events.ours", runs="ours"
        ),
    ),
)

if __name__ == "__main__":
    main(sys.argv[1:], SUITE)
