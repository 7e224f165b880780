"""The attack test: every route of your modules that names something, tried by another organization.

Name the plugin in the root `conftest.py`, and take the test in a file of yours::

    pytest_plugins = ["backstay.testing", "backstay.testing.tenants"]      # conftest.py
    from backstay.testing.tenants import TestTenants as TestTenants        # tests/test_tenants.py

The routes come from the composed application, so a new one is tried from its first day on; how to
make what it names is said by its module, as `TENANTS` in its `testing.py` (`backstay add module`
writes it). A route without a case fails the test, and the failure says what to write.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from backstay.kernel.backend import start
from backstay.kernel.clock import ManualClock
from backstay.kernel.http import create_app
from backstay.kernel.module import Module
from backstay.kernel.settings import load
from backstay.testing import TestTokens, make_actor
from backstay.testing.attack import Attack
from backstay.testing.cases import Side, Target, TenantCase

__all__ = ["Attack", "Side", "Target", "TenantCase", "TestTenants", "attack", "tenant_cases"]

_OURS = "backstay."
_QUIET = {"jobs": ("BACKSTAY_JOBS_EMBEDDED", "false"), "events": ("BACKSTAY_EVENTS_DISPATCH", "false")}
"""By module, what keeps its background parts from changing rows between two looks at them."""


@pytest.fixture(scope="session")
def tenant_cases(modules: Sequence[Module]) -> Mapping[str, TenantCase]:
    """The cases by module, each the `TENANTS` of its `testing.py`; override it to add to them."""
    cases = {}
    for module in modules:
        if importlib.util.find_spec(f"{module.package}.testing") is not None:
            case = getattr(importlib.import_module(f"{module.package}.testing"), "TENANTS", None)
            if isinstance(case, TenantCase):
                cases[module.name] = case
    return cases


@pytest_asyncio.fixture
async def attack(
    database_url: str,
    modules: Sequence[Module],
    clock: ManualClock,
    tokens: TestTokens,
    tenant_cases: Mapping[str, TenantCase],
    tmp_path: Path,
) -> AsyncIterator[Attack]:
    """The composed backend with nothing at work in its background, and the cases of its modules.

    The modules that come with backstay are tried by backstay's own tests, and not again here.
    """
    environ = {
        "BACKSTAY_APP_ENVIRONMENT": "test",
        "BACKSTAY_APP_DATA_DIR": str(tmp_path / "var"),
        "DATABASE_URL": database_url,
        **dict(_QUIET[module.name] for module in modules if module.name in _QUIET),
    }
    async with start(load(modules, environ), modules, clock=clock, authenticator=tokens) as backend:
        tried = frozenset(module.name for module in modules if not module.package.startswith(_OURS))
        made = Attack(backend, create_app(backend), tokens.token_of, tenant_cases, modules=tried)
        try:
            yield made
        finally:
            await made.close()


@pytest.mark.asyncio
class TestTenants:
    """One organization against another; each test begins with empty ones."""

    async def test_what_a_route_names_is_not_there_for_another_organization(self, attack: Attack) -> None:
        """404, never 403, and nothing has changed."""
        await attack.reach(attack.stranger(), make_actor("victim"))
        attack.judge()

    async def test_what_is_listed_or_exported_shows_nothing_of_another_organization(
        self, attack: Attack
    ) -> None:
        """Every GET without a name in it, read to its end."""
        await attack.look(attack.stranger(), make_actor("victim"))
        attack.judge()

    async def test_the_same_names_in_two_organizations_are_two_things(self, attack: Attack) -> None:
        """Whoever has things of the same names reaches their own alone."""
        await attack.collide(attack.stranger(), make_actor("victim"))
        attack.judge()

    async def test_jobs_with_another_organizations_arguments_touch_nothing(self, attack: Attack) -> None:
        """Jobs enqueued by one organization that name what another one owns."""
        await attack.work(attack.stranger(), make_actor("victim"))
        attack.judge()
