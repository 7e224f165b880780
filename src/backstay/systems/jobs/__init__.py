"""Jobs: work that survives anything, enqueued in the same commit as your data.

Declare a struct of arguments and its handler; enqueue it on the unit of work. A job runs at
least once, and exactly once where its effects are in its unit of work or behind
`context.once`. A worker that lost its lease changes nothing. See README.md.
"""

from backstay.systems.jobs.contracts import Backoff as Backoff
from backstay.systems.jobs.contracts import Durability as Durability
from backstay.systems.jobs.contracts import JobError as JobError
from backstay.systems.jobs.contracts import JobInfo as JobInfo
from backstay.systems.jobs.contracts import JobOptions as JobOptions
from backstay.systems.jobs.contracts import JobState as JobState
from backstay.systems.jobs.contracts import Promises as Promises
from backstay.systems.jobs.contracts import Rate as Rate
from backstay.systems.jobs.contracts import Receipt as Receipt
from backstay.systems.jobs.errors import Snooze as Snooze
from backstay.systems.jobs.errors import StaleLease as StaleLease
from backstay.systems.jobs.service.asking import Behalf as Behalf
from backstay.systems.jobs.service.asking import Given as Given
from backstay.systems.jobs.service.context import JobContext as JobContext
from backstay.systems.jobs.service.declaring import Job as Job
from backstay.systems.jobs.service.declaring import enqueue_many as enqueue_many
from backstay.systems.jobs.service.flows import Flow as Flow
from backstay.systems.jobs.service.flows import FlowReceipt as FlowReceipt
from backstay.systems.jobs.service.handling import JobHandler as JobHandler
from backstay.systems.jobs.service.handling import handles as handles
from backstay.systems.jobs.service.part import Jobs as Jobs
from backstay.systems.jobs.service.retrying import backoff_delay as backoff_delay
from backstay.systems.jobs.service.schedules import Schedule as Schedule
from backstay.systems.jobs.service.stopping import Stop as Stop
