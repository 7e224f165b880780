"""The benchmark: its definition and who takes part."""

from __future__ import annotations

from bench.harness.model import Benchmark, Definition, Site
from bench.identity import contenders
from bench.identity.people import WORKLOADS

_SUMMARY = """\
100 people with an account and a session each, on PostgreSQL. `whoami` brings one of their tokens, which all
contenders refuse soon after its session was ended: backstay within a second on every process, the others by
reading the session for each request. backstay also checks a permission in the person's organization, which
the others do not have. `open` is answered for anybody; the difference is what knowing somebody costs.
Passwords are argon2id with the same cost for all."""


def build(site: Site) -> Benchmark:
    """The benchmark on this site."""
    taking_part = [contenders.ours(site), contenders.fastapi_users(site), contenders.better_auth(site)]
    return Benchmark(
        definition=Definition(
            name="identity",
            title="Accounts",
            summary=_SUMMARY,
            workloads=WORKLOADS,
            contenders={one.name: one.title for one in taking_part},
            ours="ours",
            aims={"fastapi-users": 1.0, "better-auth": 1.0},
        ),
        contenders=taking_part,
    )
