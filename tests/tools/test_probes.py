"""Whether code that notes what it ran says the same as coverage.py, which follows it step by step."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from coverage import Coverage

from tests.plugins.probes import Garden

_SAMPLE: Final = '''\
"""What probes must leave alone: this text, and the next line."""
from __future__ import annotations

import functools


class Kept(int):
    """A class."""

    half = 1

    @property
    @functools.lru_cache
    def doubled(self) -> int:
        "A text."
        return self * 2


def chosen(value):
    if value == 2:
        return "many"
    elif value == 1:
        said = "one"
    else:
        said = "few"
    return said


def last(value):
    said = []
    if value:
        said.append(
            value
        )


def looped(values):
    for value in values:
        if value == 3:
            break
        if value == 2:
            continue
        if value == 1:
            pass
    else:
        return "all"
    while True:
        values = values[1:]
        if not values:
            return "none"
        while values and values[0]:
            values = values[1:]


def matched(value):
    global seen
    match value:
        case 1 | 2:
            return "small"
        case int() if value > 9:
            seen = value
        case [one, *_]:
            return one
    with open(__file__) as file:
        if value:
            return file.name
    return None


def taken(value):
    match value:
        case 1:
            return 1
        case _:
            pass
    return 2


def tried(value):
    try:
        try:
            1 / value
        except (
            ValueError
        ):
            return "never"
        except TypeError as error:
            raise KeyError from error
        else:
            done = "well"
        finally:
            ended = True
    except ZeroDivisionError:
        return "zero"
    except:
        return "other"
    return done


async def waited(values):
    async for value in values:
        if value:
            return [one async for one in values if one]
    async with values:
        pass


def made():
    @functools.wraps(
        taken
    )
    def inner(value):
        def innermost():
            return value if value else None
        return innermost

    yield inner(1)()
    return lambda: 2
'''


class Values:
    def __init__(self, *values: int) -> None:
        self._values = iter(values)

    def __aiter__(self) -> Values:
        return self

    async def __anext__(self) -> int:
        try:
            return next(self._values)
        except StopIteration:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...


def run_through(told: Coroutine[None, None, object]) -> object:
    try:
        told.send(None)
    except StopIteration as ended:
        return ended.value
    raise AssertionError("it waits")


CALLS: Final[Sequence[tuple[str, Sequence[Any]]]] = [
    ("chosen", [0, 1, 2, 3]),
    ("last", [0, 1]),
    ("looped", [[], [1], [2, 3], [2, 1, 3, 0], [3, 0, 1, 1, 0]]),
    ("matched", [0, 1, 2, 7, 10, [4], "", None]),
    ("taken", [1, 2]),
    ("tried", [0, 1, None, "text"]),
    ("waited", [(), (0,), (1,), (0, 1, 2)]),
    ("made", [None]),
    ("Kept", [2]),
]


def called(module: ModuleType, name: str, value: Any) -> object:
    match name:
        case "waited":
            return run_through(module.waited(Values(*value)))
        case "made":
            return len(list(module.made()))
        case "Kept":
            return module.Kept(value).doubled
        case _:
            return getattr(module, name)(value)


def imported(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judged(coverage: Coverage, path: Path) -> tuple[object, ...]:
    _, statements, _, missing, _ = coverage.analysis2(str(path))
    return statements, missing, coverage.branch_stats(str(path))


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in CALLS for value in values])
def test_what_code_notes_is_what_a_tracer_sees(name: str, value: Any, tmp_path: Path) -> None:
    path = tmp_path / "sample.py"
    path.write_text(_SAMPLE)
    follows = Coverage(data_file=None, branch=True, include=[str(path)], config_file=False)
    with follows.collect():
        expected = called(imported(path), name, value)
    told = Coverage(data_file=None, branch=True, config_file=False)
    garden = Garden(tmp_path)
    open_again = garden.fence()
    try:
        assert called(imported(path), name, value) == expected
    finally:
        open_again()
    told.get_data().add_arcs(garden.arcs())
    assert judged(told, path) == judged(follows, path)
