"""The benchmark: its definition and who takes part."""

from __future__ import annotations

from bench.harness.model import Benchmark, Definition, Site
from bench.http_crud import house, peers, requests

_SUMMARY = """\
A table of 10,000 items in 10 organizations. Every request carries a signed token (HS256) of one of
100 users and needs a permission that the token grants; a user sees the items of the own organization
only. No token comes twice within 10,000 requests, so that each is verified. `create` validates its
fields, commits durably and answers 201 with the stored row. All contenders take and give the same
JSON and are checked for it first."""


def build(site: Site) -> Benchmark:
    """The benchmark on this site."""
    contenders = [house.on_postgres(site), peers.nestjs(site), peers.fastapi(site), house.on_sqlite(site)]
    return Benchmark(
        definition=Definition(
            name="http-crud",
            title="CRUD over HTTP",
            summary=_SUMMARY,
            workloads=requests.WORKLOADS,
            contenders={contender.name: contender.title for contender in contenders},
            ours="ours",
            aims={"nestjs": 2.0, "fastapi": 3.0},
        ),
        contenders=contenders,
    )
