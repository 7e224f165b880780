"""`/livez`, `/readyz`, `/startupz` and `/metrics`: outside the API's versions, cached by nobody."""

from __future__ import annotations

from typing import ClassVar

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.errors import Forbidden, NotFound, Unauthenticated
from backstay.kernel.http import Controller, Response, get
from backstay.kernel.telemetry import Telemetry
from backstay.systems.health.contracts import METRICS, Alive, Readiness, Startup
from backstay.systems.health.service import Monitor

_SERVING = frozenset({"ready", "degraded"})


class HealthController(Controller):
    """Health endpoints for load balancers and orchestrators."""

    path: ClassVar[str] = ""
    version: ClassVar[str | None] = None

    @get("/livez", public=True, summary="Is the process alive?")
    async def livez(self) -> Alive:
        """Answers as long as the event loop turns. Touches no part, so that an outage restarts nothing."""
        return Alive()

    @get("/readyz", public=True, summary="Should this process be sent requests?")
    async def readyz(self, backend: Backend) -> Response[Readiness]:
        """200 when ready or degraded; 503 when failed, starting or draining."""
        readiness = await backend.part(Monitor).readiness()
        status = 200 if readiness.status in _SERVING else 503
        return Response(readiness, status=status, headers={"cache-control": "no-store"})

    @get("/startupz", public=True, summary="Has this process started?")
    async def startupz(self, backend: Backend) -> Response[Startup]:
        """200 once every module's services run; 503 before."""
        started = backend.state != "starting"
        return Response(
            Startup("started" if started else "starting"),
            status=200 if started else 503,
            headers={"cache-control": "no-store"},
        )

    @get("/metrics", public=True, summary="Measurements for Prometheus", hidden=True)
    async def metrics(self, backend: Backend, actor: Actor | None) -> Response[bytes]:
        """The measurements of every worker. Open outside production; there it takes `health:metrics`."""
        if backend.settings.app.environment == "production":
            if actor is None:
                raise Unauthenticated("send the token of a principal with the permission health:metrics")
            if not actor.may(METRICS):
                raise Forbidden("this needs the permission 'health:metrics'", permission=METRICS.name)
        try:
            telemetry = backend.part(Telemetry)
        except LookupError:
            raise NotFound("nothing is measured in this process") from None
        if not backend.settings.telemetry.metrics:
            raise NotFound("telemetry.metrics is off")
        text, media_type = telemetry.metrics_text()
        return Response(text, media_type=media_type, headers={"cache-control": "no-store"})
