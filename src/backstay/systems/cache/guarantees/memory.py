"""With values in each process's own memory."""

from __future__ import annotations

from backstay.kernel.guarantees import Lab, Patch, Verdict, guarantee
from backstay.systems.cache.guarantees import checks


@guarantee(
    "kept-answers-are-ones-own",
    promise="What is kept for one organization, or one person with the rights of one moment, is never given "
    "to another.",
    safety="probe",
    trials=3,
)
async def a_kept_answer_is_ones_own(lab: Lab) -> Verdict:
    """Two organizations, and keys of several rights, ask for the same."""
    return await checks.ones_own(lab, {})


@a_kept_answer_is_ones_own.sabotage("keep everything under the name of what it is")
def for_anybody(patch: Patch) -> None:
    """As caches of URLs do."""
    checks.for_anybody(patch)


@a_kept_answer_is_ones_own.sabotage("keep a person's value for the whole organization")
def for_the_organization(patch: Patch) -> None:
    """Rights are not asked about."""
    checks.for_the_organization(patch)


@guarantee(
    "misses-make-one-computation",
    promise="A thousand who miss the same value at once, on four processes, make one computation.",
    safety="break",
    core=False,
)
async def misses_make_one_computation(lab: Lab) -> Verdict:
    """Count the computations."""
    return await checks.one_computation(lab, {})


@misses_make_one_computation.sabotage("let each process see to itself")
def alone(patch: Patch) -> None:
    """No lease."""
    checks.alone(patch)


@guarantee(
    "old-values-end-in-250-ms",
    promise="250 ms after an invalidation was committed, no process gives out the old value.",
    safety="probe",
    trials=10,
    core=False,  # the core set has a minute for all systems
)
async def nobody_reads_the_old_value(lab: Lab) -> Verdict:
    """Change what all read, and look 250 ms later."""
    return await checks.nothing_old(lab, {})


@nobody_reads_the_old_value.sabotage("believe for a minute what was known")
def deaf(patch: Patch) -> None:
    """A time to live instead of an invalidation."""
    checks.deaf(patch)


@guarantee(
    "late-values-are-not-kept",
    promise="A computation that began before an invalidation is not kept after it, however long it takes.",
    safety="probe",
    trials=3,
    core=False,
)
async def a_late_value_is_not_kept(lab: Lab) -> Verdict:
    """Change what is being computed."""
    return await checks.nothing_late(lab, {})


@a_late_value_is_not_kept.sabotage("note what is known when the computation ends")
def marked_late(patch: Patch) -> None:
    """The usual order: compute, then set."""
    checks.marked_late(patch)
