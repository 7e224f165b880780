"""HTTP: controllers and routes, problems, lists, conditional requests, event streams, the server.

A module declares controllers; `create_app` makes one ASGI application of a backend, and
`serve` runs it. See `docs/http.md`.
"""

from backstay.kernel.http.application import Application, create_app
from backstay.kernel.http.conditional import IfMatch
from backstay.kernel.http.endpoint import Endpoint
from backstay.kernel.http.errors import TooManyRequests
from backstay.kernel.http.lists import ListQuery
from backstay.kernel.http.openapi import Components
from backstay.kernel.http.origin import network_of
from backstay.kernel.http.parameters import FromHeader, FromPath, FromQuery, JSONBody, Payload
from backstay.kernel.http.problems import problem_answer
from backstay.kernel.http.request import Request
from backstay.kernel.http.response import Answer, Response, Streaming
from backstay.kernel.http.routes import Controller, Route, delete, get, patch, post, put, routes_of
from backstay.kernel.http.serve import CannotListen, is_worker, listen, serve, worker_slot
from backstay.kernel.http.streams import Broadcast, Event, EventStream
from backstay.kernel.http.surround import HeaderTaken, Proceed, Surround, Surrounds

__all__ = [
    "Answer",
    "Application",
    "Broadcast",
    "CannotListen",
    "Components",
    "Controller",
    "Endpoint",
    "Event",
    "EventStream",
    "FromHeader",
    "FromPath",
    "FromQuery",
    "HeaderTaken",
    "IfMatch",
    "JSONBody",
    "ListQuery",
    "Payload",
    "Proceed",
    "Request",
    "Response",
    "Route",
    "Streaming",
    "Surround",
    "Surrounds",
    "TooManyRequests",
    "create_app",
    "delete",
    "get",
    "is_worker",
    "listen",
    "network_of",
    "patch",
    "post",
    "problem_answer",
    "put",
    "routes_of",
    "serve",
    "worker_slot",
]
