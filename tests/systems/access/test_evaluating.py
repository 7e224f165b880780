"""The evaluation in SQL against an oracle, and how soon other processes see a change."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backstay.kernel.actor import SYSTEM, Grants
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database
from backstay.kernel.signing import Keys
from backstay.systems.access import RoleGrants, close, open_operator, withdraw_all
from backstay.systems.access.errors import LastOwner
from backstay.systems.access.queries import ADD_PART, ADD_PERMISSION, ASSIGN, INSERT_ROLE, TOUCH
from backstay.systems.access.service import Catalogue, preset_id, withdraw
from tests.conftest import make_actor
from tests.house import open_house
from tests.systems.access.conftest import MODULES, Office
from tests.templates import migrate

CATALOGUE = Catalogue(MODULES)
NAMES = sorted(CATALOGUE.permissions)
ROLE = st.integers(0, 4)
GRAPH = st.fixed_dictionaries(
    {
        "given": st.sets(st.tuples(st.integers(0, 1), ROLE, st.sampled_from([*NAMES, "gone:long-ago"]))),
        # Rings too: the API refuses them, and the evaluation must end all the same.
        "parts": st.sets(
            st.tuples(st.integers(0, 1), ROLE, st.one_of(ROLE, st.just("support"), st.just("admin")))
        ),
        "assigned": st.sets(
            st.tuples(st.integers(0, 1), st.integers(0, 1), st.one_of(ROLE, st.just("user")))
        ),
        "foreign": st.sets(st.tuples(st.integers(0, 1), ROLE)),
    }
)


class Oracle:
    """The rules again, in the plainest words: sets, and a loop until nothing is new."""

    def __init__(self, graph: dict[str, set[tuple[object, ...]]]) -> None:
        self.graph = graph

    def may(self, organization: int, user: int) -> set[str]:
        reached = {role for org, who, role in self.graph["assigned"] if (org, who) == (organization, user)}
        while True:
            more = {
                part for org, role, part in self.graph["parts"] if org == organization and role in reached
            }
            if more <= reached:
                break
            reached |= more
        found: set[str] = set()
        for role in reached:
            if isinstance(role, str):
                found |= CATALOGUE.given[preset_id(role)]
            found |= {
                str(name) for org, of, name in self.graph["given"] if org == organization and of == role
            }
        return {
            name for name in found if name in CATALOGUE.permissions and not CATALOGUE.permissions[name].house
        }


@pytest.mark.usefixtures("_migrated")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=GRAPH)
async def test_sql_agrees_with_the_oracle(
    database: Database, graph: dict[str, set[tuple[object, ...]]]
) -> None:
    organizations = [make_actor("a"), make_actor("b")]
    users = [uuid4(), uuid4()]
    ids = {(org, role): uuid4() for org in (0, 1) for role in range(5)}

    def id_of(org: int, role: object) -> UUID:
        return preset_id(role) if isinstance(role, str) else ids[org, role]  # type: ignore[index]  # a number then

    for org, actor in enumerate(organizations):
        async with database.transaction(actor) as uow:
            await uow.execute(TOUCH)
            for role in range(5):
                name = f"role {role}"
                await uow.execute(INSERT_ROLE, id=ids[org, role], name=name, key=name, description="")
            for where, role_, permission in graph["given"]:
                if where == org:
                    await uow.execute(ADD_PERMISSION, role_id=id_of(org, role_), permission=permission)
            for where, role_, part in graph["parts"]:
                if where == org:
                    await uow.execute(ADD_PART, role_id=id_of(org, role_), part_id=id_of(org, part))
            for where, user, role_ in graph["assigned"]:
                if where == org:
                    await uow.execute(ASSIGN, user_id=users[int(str(user))], role_id=id_of(org, role_))
            for user, role_ in graph["foreign"]:
                # Written behind the service's back: a role of the other organization.
                await uow.execute(ASSIGN, user_id=users[int(str(user))], role_id=id_of(1 - org, role_))
    grants, oracle = RoleGrants(database, CATALOGUE, {}), Oracle(graph)
    for org, actor in enumerate(organizations):
        for number, user in enumerate(users):
            may = await grants.permissions(user, actor.organization_id)
            assert may == oracle.may(org, number)
            assert await grants.fresh(database.reader(actor), user) == may


@pytest.fixture
async def _migrated(database_url: str) -> None:
    await migrate(database_url, MODULES)


async def test_another_process_refuses_within_a_second(office: Office, database_url: str, keys: Keys) -> None:
    ada = await office.person("ada", "manager")
    other = await Database.open(database_url, clock=ManualClock(), keys=keys)
    try:
        grants = RoleGrants(other, CATALOGUE, {})
        assert "access:read" in await grants.permissions(ada.id, ada.organization_id)
        await office.database.run(office.boss, lambda uow: withdraw(uow, ada.id, preset_id("manager")))
        withdrawn = time.monotonic()
        assert await office.grants.permissions(ada.id, ada.organization_id) == set()
        while await grants.permissions(ada.id, ada.organization_id):
            assert time.monotonic() - withdrawn < 1.0
            await asyncio.sleep(0)
    finally:
        await other.close()


async def test_what_is_believed_is_not_asked_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await office.person("ada", "user")
    asked = []
    engine = office.database._engine
    fetch = engine.fetch

    async def counted(*arguments: object) -> object:
        asked.append(arguments)
        return await fetch(*arguments)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(engine, "fetch", counted)
    office.grants.forget(ada.organization_id)
    both = await asyncio.gather(*(office.grants.permissions(ada.id, ada.organization_id) for _ in range(20)))
    assert set(both) == {ada.permissions}
    # The organization's epoch and, at most, the house's: nobody's roles were read again.
    assert len(asked) <= 2


async def test_operators_have_what_reaches_beyond_one_organization(office: Office) -> None:
    ada = await office.person("ada", "user")
    await office.database.run(SYSTEM, lambda uow: open_operator(uow, ada.id))
    may = await office.grants.permissions(ada.id, ada.organization_id)
    assert may == ada.permissions | CATALOGUE.of_the_house
    assert await office.grants.permissions(ada.id, uuid4()) == CATALOGUE.of_the_house
    with pytest.raises(ValueError, match="SYSTEM"):
        await office.database.run(office.boss, lambda uow: open_operator(uow, ada.id))


async def test_principals_of_the_settings_may_what_stands_there(
    database_url: str, tmp_path: Path, clock: ManualClock
) -> None:
    people = '[{"name": "ada", "token": "t", "permissions": ["notes:read"], "organization": "harbour"}]'
    environ = {"BACKSTAY_AUTH_PRINCIPALS": people}
    async with open_house(
        MODULES, database_url, clock, data_dir=tmp_path, own_authenticator=True, environ=environ
    ) as house:
        actor = await house.backend.authenticator.authenticate({"authorization": "Bearer t"})
        assert actor is not None
        grants = house.backend.part(Grants)  # type: ignore[type-abstract]  # an interface is a kind too
        assert await grants.permissions(actor.id, actor.organization_id) == {"notes:read"}
        assert await grants.permissions(actor.id, uuid4()) == set()


async def test_who_leaves_loses_everything_and_a_closed_organization_needs_no_owner(office: Office) -> None:
    ada = await office.person("ada", "manager", "support")
    await office.database.run(ada, lambda uow: withdraw_all(uow, ada.id))
    assert await office.grants.permissions(ada.id, ada.organization_id) == set()
    with pytest.raises(LastOwner):
        await office.database.run(office.boss, lambda uow: withdraw_all(uow, office.boss.id))
    await office.database.run(office.boss, close)
    assert await office.grants.permissions(office.boss.id, office.organization) == set()


async def test_everybodys_own_place_is_theirs(office: Office) -> None:
    someone = uuid4()
    assert await office.grants.permissions(someone, someone) == CATALOGUE.given[preset_id("owner")]
    assert await office.grants.permissions(uuid4(), someone) == set()
