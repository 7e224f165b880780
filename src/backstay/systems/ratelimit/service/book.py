"""Every policy there is, of the house, of routes and of modules, as settings and people have changed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct, structs

from backstay.kernel.http import Controller, Route, routes_of
from backstay.kernel.module import CompositionError, Module, declared
from backstay.systems.ratelimit.contracts import Per, Policy
from backstay.systems.ratelimit.queries.policies import PolicyRow
from backstay.systems.ratelimit.service.declaring import Limit, Unlimited, route_name
from backstay.systems.ratelimit.settings import PolicySettings, RateLimitSettings

DEFAULT: Final = "default"
BROWSER: Final = "browser"
ANONYMOUS: Final = "anonymous"
_CHANGEABLE: Final = ("quota", "window", "algorithm", "burst", "when_down", "shadow")


class Entry(Struct, frozen=True):
    """One policy with where it comes from."""

    declared: Policy
    """By the house, a route or a module, with what the settings say."""
    source: str
    """Who declared it: `the settings`, or a module."""
    enabled: bool
    """As the settings say."""
    live: PolicyRow | None = None
    """As somebody left it."""

    @property
    def in_force(self) -> Policy | None:
        """What requests are judged by; None when it is switched off."""
        row = self.live
        if row is None or not row.changed:
            return self.declared if self.enabled else None
        return changed(self.declared, row) if row.enabled else None


def changed(policy: Policy, row: PolicyRow) -> Policy:
    """The policy with the values of a row; where these do not fit any more, it stays as declared."""
    try:
        return structs.replace(policy, **{name: getattr(row, name) for name in _CHANGEABLE})
    except ValueError:
        return policy


class Book:
    """The policies of one process."""

    def __init__(self, settings: RateLimitSettings, modules: Sequence[Module]) -> None:
        """With what the modules' routes and manifests declare.

        Raises:
            CompositionError: a policy cannot be counted, two differ under one name, or there is none
                of a name in the settings.
        """
        self._said: Mapping[str, PolicySettings] = {one.name: one for one in settings.policies}
        self._entries: dict[str, Entry] = {}
        self.costs: dict[str, dict[str, int]] = {}
        """By policy, the routes that declare it and what each takes."""
        self.unlimited: set[str] = set()
        """Routes that take nothing from the house's policies."""
        self.in_force: dict[str, Policy] = {}
        """Those that are switched on, by name; looked into for every request."""
        for name, quota, per in (
            (DEFAULT, settings.quota, Per.ACTOR),
            (BROWSER, settings.browser_quota, Per.ACTOR),
            (ANONYMOUS, settings.anonymous_quota, Per.ADDRESS),
        ):
            policy = Policy(name=name, quota=quota or 1, window=settings.window, per=(per,))
            self._put(policy, "the settings", enabled=quota > 0)
        for module, limit in declared(modules, Limit):
            self.add(limit, module.name)
        for module in modules:
            for controller in module.controllers:
                for route, _ in routes_of(controller):
                    self._look_at(module.name, controller, route)
        for name in self._said:
            if name not in self._entries:
                raise CompositionError(
                    f"[ratelimit] policies names {name!r}, which nobody declares: {self._names()}"
                )

    def add(self, limit: Limit, source: str) -> None:
        """Take in what a route or a module declares; the same again changes nothing.

        Raises:
            CompositionError: another policy has the name, or no store could count it.
        """
        known = self._entries.get(limit.name)
        try:
            policy = limit.policy
        except ValueError as problem:
            raise CompositionError(f"module {source!r}: Limit({limit.name!r}): {problem}") from None
        if limit.cost < 1:
            raise CompositionError(f"module {source!r}: Limit({limit.name!r}): cost: is at least 1")
        if known is None:
            self._put(policy, source, enabled=True)
        elif known.source == "the settings" or self._with_settings(policy)[0] != known.declared:
            raise CompositionError(
                f"module {source!r}: Limit({limit.name!r}) is declared by {known.source} too, and differs: "
                "give it a name of its own, or share one declaration"
            )

    def entries(self) -> list[Entry]:
        """All, by name."""
        return [self._entries[name] for name in sorted(self._entries)]

    def entry(self, name: str) -> Entry | None:
        """The one of this name."""
        return self._entries.get(name)

    def learn(self, rows: Iterable[PolicyRow]) -> None:
        """Take over what people changed; older than what is known counts for nothing."""
        for row in rows:
            entry = self._entries.get(row.name)
            if entry is not None and (entry.live is None or entry.live.version < row.version):
                self._set(row.name, structs.replace(entry, live=row))

    def _look_at(self, source: str, controller: type[Controller], route: Route) -> None:
        """Learn what a route declares: here, for a worker without any must know the policies too."""
        version = route.options.get("version", controller.version)
        prefix = "" if version is None else f"/v{version}"
        name = route_name(route.method, f"{prefix}{controller.path}{route.path}")
        for one in route.options.get("declares", ()):
            if isinstance(one, Limit):
                self.add(one, source)
                self.costs.setdefault(one.name, {})[name] = one.cost
            elif isinstance(one, Unlimited):
                self.unlimited.add(name)

    def _put(self, policy: Policy, source: str, *, enabled: bool) -> None:
        told, on = self._with_settings(policy)
        self._set(policy.name, Entry(told, source, enabled if on is None else on))

    def _set(self, name: str, entry: Entry) -> None:
        self._entries[name] = entry
        policy = entry.in_force
        if policy is None:
            self.in_force.pop(name, None)
        else:
            self.in_force[name] = policy

    def _with_settings(self, policy: Policy) -> tuple[Policy, bool | None]:
        said = self._said.get(policy.name)
        if said is None:
            return policy, None
        values = {name: getattr(said, name) for name in _CHANGEABLE if getattr(said, name) is not None}
        try:
            return structs.replace(policy, **values), said.enabled
        except ValueError as problem:
            raise CompositionError(f"[ratelimit] policies, {policy.name!r}: {problem}") from None

    def _names(self) -> str:
        return "there are " + ", ".join(sorted(self._entries))
