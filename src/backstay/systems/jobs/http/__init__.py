"""The jobs over HTTP: `/v1/jobs`, the queues and the schedules."""

from backstay.systems.jobs.http.jobs import JobsController as JobsController
from backstay.systems.jobs.http.permissions import OPERATE as OPERATE
from backstay.systems.jobs.http.permissions import READ as READ
from backstay.systems.jobs.http.permissions import STEER as STEER
from backstay.systems.jobs.http.probes import ProbesController as ProbesController
from backstay.systems.jobs.http.queues import QueuesController as QueuesController
from backstay.systems.jobs.http.schedules import SchedulesController as SchedulesController
