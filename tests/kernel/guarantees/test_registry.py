"""Declaring guarantees: what is taken, what is refused, and what the refusal says."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from backstay.kernel.guarantees import (
    Guarantee,
    GuaranteeError,
    Lab,
    Patch,
    Verdict,
    declared_in,
    guarantee,
    held_if,
    refuse_unfit,
)


async def check(lab: Lab) -> Verdict:
    return held_if(True)


def plant(patch: Patch) -> None:
    patch(sys, "flags", None)


def made(name: str = "rope-holds", **options: object) -> Guarantee:
    return guarantee(name, promise="The rope holds.", safety="break", **options)(check)  # type: ignore[arg-type]  # each option is of its parameter's type


def test_the_decorated_name_becomes_the_guarantee() -> None:
    one = made(faults=["kill"], trials=3, core=False, timeout=5)

    assert (one.name, one.promise, one.safety) == ("rope-holds", "The rope holds.", "break")
    assert one.engines == ("sqlite", "postgres")
    assert one.faults == {"sqlite": ("kill",), "postgres": ("kill",)}
    assert (one.trials, one.core, one.timeout, one.declared_in) == (3, False, 5, __name__)
    assert one.check is check
    assert one.sabotages == []


def test_faults_may_differ_between_engines() -> None:
    one = made(faults={"sqlite": ["disk-full"], "postgres": ["cut"]})
    assert one.faults == {"sqlite": ("disk-full",), "postgres": ("cut",)}


def test_sabotages_are_numbered_in_order_and_the_function_stays_itself() -> None:
    one = made()
    assert one.sabotage("cut the rope")(plant) is plant
    one.sabotage("no rope at all", engines=["postgres"])(plant)

    assert [(s.number, s.words, s.engines) for s in one.sabotages] == [
        (1, "cut the rope", ("sqlite", "postgres")),
        (2, "no rope at all", ("postgres",)),
    ]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"name": "Rope Holds"}, "guarantee 'Rope Holds': a name is lower-case words joined by hyphens"),
        ({"safety": "maybe"}, "guarantee 'rope-holds': safety is one of observe, probe, break, not 'maybe'"),
        (
            {"engines": ["oracle"]},
            "guarantee 'rope-holds': no engine is called 'oracle'; there are sqlite, postgres",
        ),
        (
            {"safety": "probe", "faults": ["kill"]},
            "guarantee 'rope-holds': a check that inflicts faults is of the safety class 'break'",
        ),
        ({"trials": 0}, "guarantee 'rope-holds': at least one trial"),
    ],
)
def test_a_wrong_declaration_is_refused(options: Any, told: str) -> None:
    with pytest.raises(GuaranteeError) as refusal:
        guarantee(**{"name": "rope-holds", "promise": "", "safety": "break", **options})
    assert str(refusal.value) == told


def test_an_unknown_fault_is_refused_with_those_that_exist() -> None:
    with pytest.raises(
        GuaranteeError, match=r"no fault is called 'gremlins'; there are kill, pause, terminate, cut"
    ):
        made(faults=["gremlins"])


def test_a_check_that_no_sabotage_can_fail_is_refused() -> None:
    with pytest.raises(GuaranteeError) as refusal:
        refuse_unfit([made()])
    assert str(refusal.value) == (
        "guarantee 'rope-holds' has no sabotage on sqlite: a check that nothing is seen to fail is no check; "
        f"plant a bug with @check.sabotage(...) in {__name__}"
    )


def test_each_engine_needs_a_sabotage_that_shows_there() -> None:
    one = made()
    one.sabotage("cut the rope", engines=["sqlite"])(plant)
    with pytest.raises(GuaranteeError, match="has no sabotage on postgres"):
        refuse_unfit([one])
    one.sabotage("cut the other rope", engines=["postgres"])(plant)
    refuse_unfit([one])


def test_a_name_is_taken_once() -> None:
    one, other = made(), made()
    for each in (one, other):
        each.sabotage("cut the rope")(plant)
    with pytest.raises(
        GuaranteeError, match=r"two guarantees are called 'rope-holds', in .* and .*: rename one"
    ):
        refuse_unfit([one, other])


def test_a_module_declares_what_it_binds_in_order() -> None:
    module = ModuleType("rope_guarantees")
    module.__spec__ = ModuleSpec("rope_guarantees", None)
    first, second = made("first"), made("second")
    vars(module).update(helper=1, first=first, second=second)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "rope_guarantees", module)
        declared = declared_in("rope_guarantees")
        assert list(declared) == [first, second]
        assert (len(declared), declared[1], declared[:1]) == (2, second, (first,))


def test_guarantees_are_imported_when_somebody_looks_into_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rope_declarations.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    declared = declared_in("rope_declarations")

    assert "rope_declarations" not in sys.modules
    assert list(declared) == []
    assert sys.modules.pop("rope_declarations").__file__ == str(tmp_path / "rope_declarations.py")


def test_a_module_that_is_not_there_is_refused_at_once() -> None:
    with pytest.raises(GuaranteeError) as refusal:
        declared_in(f"{__package__}.promises")
    assert str(refusal.value) == (
        f"guarantees are to be declared in '{__package__}.promises', and there is no such module"
    )
