"""The commands of the jobs system: `backstay worker` and `backstay jobs`."""

from backstay.systems.jobs.commands.operating import jobs as jobs
from backstay.systems.jobs.commands.working import worker as worker
