"""What the console's API says about the house: sessions, systems and proofs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from backstay.kernel.actor import Permission
from backstay.kernel.guarantees import Outcome
from backstay.kernel.health import Health
from backstay.kernel.module import Card

READ: Final = Permission("console:read", "See systems, settings, guarantees and their runs", house=True)
PROVE: Final = Permission("console:prove", "Run guarantees from the console, in development", house=True)


class GuaranteeCounts(Struct, frozen=True, kw_only=True):
    """How a module's promises stand, each by its newest verdict on the engine in use."""

    held: int = 0
    violated: int = 0
    weaker: int = 0
    unproven: int = 0
    """Declared and not yet run here."""


class Check(Struct, frozen=True, kw_only=True):
    """What one health check found last."""

    name: str
    health: Health
    message: str


class Part(Struct, frozen=True, kw_only=True):
    """Something outside the code that modules stand on."""

    name: str
    engine: str
    """The engine that this process uses, with its version: `SQLite 3.45`."""
    health: Health


class System(Struct, frozen=True, kw_only=True):
    """One module on the Systems screen."""

    name: str
    summary: str
    ring: Literal["systems", "products", "yours"]
    """Ours by ring; `yours` is every module from outside the package."""
    health: Health
    checks: list[Check]
    """The health checks that the module declared."""
    card: Card | None
    """Its one live number, if it declares one."""
    parts: list[str]
    """Names of the parts it stands on."""
    requires: list[str]
    guarantees: GuaranteeCounts


class House(Struct, frozen=True, kw_only=True):
    """Everything that the Systems screen shows."""

    state: Literal["starting", "ready", "draining"]
    started_at: datetime
    parts: list[Part]
    systems: list[System]


class Pulse(Struct, frozen=True, kw_only=True):
    """The part of a system that changes while one looks."""

    name: str
    health: Health
    card: Card | None


class Route(Struct, frozen=True, kw_only=True):
    """One route of a module."""

    method: str
    path: str
    summary: str
    permission: str | None
    """The permission that it demands, or null for a public route."""


class PermissionInfo(Struct, frozen=True, kw_only=True):
    """One permission that a module declares."""

    name: str
    description: str


class SettingInfo(Struct, frozen=True, kw_only=True):
    """One effective setting and where it came from."""

    name: str
    value: str
    """As text; a secret shows as dots."""
    provenance: str
    """`default`, `file:line` or the environment variable."""


class SystemDetail(Struct, frozen=True, kw_only=True):
    """One module in full."""

    name: str
    summary: str
    package: str
    permissions: list[PermissionInfo]
    routes: list[Route]
    settings: list[SettingInfo]
    readme: str
    """The module's README as sanitised HTML; empty if it has none."""


class ProofMark(Struct, frozen=True, kw_only=True):
    """A fault, or its end, on its lane."""

    at: float
    """Milliseconds since the run began."""
    kind: str
    """`start`, `ready`, `kill`, `pause`, `resume`, `terminate`, `cut`, ..."""
    detail: str = ""
    trial: int = 1


class ProofLane(Struct, frozen=True, kw_only=True):
    """A row of the drawing: a server process, a proxy, a client."""

    name: str
    kind: str
    marks: list[ProofMark]


class ProofOperation(Struct, frozen=True, kw_only=True):
    """One request that the check made."""

    id: int
    lane: str
    server: str
    name: str
    about: Any = None
    trial: int = 1
    at: float
    """Milliseconds since the run began."""
    took: float | None = None
    """Milliseconds; null when it had not ended with the run."""
    ended: Literal["ok", "fail", "info"]
    """Acknowledged, certainly without effect, or unknown."""
    status: int | None = None
    answer: Any = None
    error: str = ""
    evidence: bool = False
    """Whether a violation rests on it."""


class ProofOperations(Struct, frozen=True, kw_only=True):
    """The operations of a run, counted, and those that the artifact keeps."""

    total: int
    ok: int
    fail: int
    info: int
    shown: list[ProofOperation]


class PlantedBug(Struct, frozen=True, kw_only=True):
    """The bug that a run was to catch."""

    name: str
    """`<guarantee>/<number>`."""
    words: str
    caught: bool


class Proof(Struct, frozen=True, kw_only=True):
    """One run of one guarantee on one engine."""

    id: str
    guarantee: str
    engine: str
    engine_version: str
    outcome: Outcome
    sentence: str
    """The verdict with its conditions, in the house's words."""
    reason: str
    trials: int
    faults: list[str]
    """Kinds of fault that really happened."""
    seed: int
    commit: str
    started_at: datetime
    """When the run of `backstay prove` began that this belongs to."""
    duration: float
    """Seconds."""
    operations: int
    sabotage: PlantedBug | None
    replay: str
    """The command that makes the same choices again."""


class ProofDetail(Proof, frozen=True, kw_only=True):
    """A run with what was recorded."""

    facts: dict[str, Any]
    history: ProofOperations
    lanes: list[ProofLane]


class SabotageInfo(Struct, frozen=True, kw_only=True):
    """A bug that can be planted to see the check fail."""

    name: str
    """`<guarantee>/<number>`."""
    words: str
    engines: list[str]


class GuaranteeInfo(Struct, frozen=True, kw_only=True):
    """A promise, under what it is tried, and how it stands."""

    name: str
    system: str
    """The module that declares it."""
    promise: str
    safety: Literal["observe", "probe", "break"]
    engines: list[str]
    faults: list[str]
    """Kinds of fault that the check inflicts, on any engine."""
    trials: int
    core: bool
    """Whether `backstay prove` runs it without being asked."""
    sabotages: list[SabotageInfo]
    proofs: list[Proof]
    """The newest run on each engine, and of each sabotage on each engine; newest first."""


class GuaranteeList(Struct, frozen=True, kw_only=True):
    """All promises of this house."""

    engine: str
    """The engine that this server itself runs on."""
    can_prove: bool
    """Whether runs can be started from here: in development, with the permission `console:prove`."""
    items: list[GuaranteeInfo]


class StartProof(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run to start."""

    guarantee: str
    engine: Literal["sqlite", "postgres"]
    sabotage: bool = False
    """Plant the guarantee's bugs, one after the other, and see whether the check notices."""
    seed: Annotated[int, Meta(ge=0, le=2**53 - 1)] | None = None


class RunningProof(Struct, frozen=True, kw_only=True):
    """A run under way; its events are at `/v1/console/proofs/{id}/stream`."""

    id: str
    guarantee: str
    engine: str
    sabotage: bool
