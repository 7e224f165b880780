"""The supervisor in this process, with workers that are a line of shell."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from backstay.kernel.http.serve.supervisor import Supervisor

READY = 'printf x > /proc/self/fd/"$BACKSTAY_WORKER_READY"; exec sleep 60'


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def supervisor(listener: socket.socket, script: str, told: list[str]) -> Supervisor:
    return Supervisor(
        listener,
        workers=2,
        drain_delay=0,
        drain_timeout=10,
        on_ready=told.append,
        command=["sh", "-c", script],
    )


class Slow(selectors.DefaultSelector):
    """What a busy machine shows: everything at once, a signal before the pipes of those it tells of."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found: dict[int, tuple[selectors.SelectorKey, int]] = {}
        while len(found) < 3:
            found |= {key.fd: (key, mask) for key, mask in super().select(timeout)}
        return sorted(found.values(), key=lambda one: one[0].data is not None)


def test_a_worker_that_got_ready_while_another_failed(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "DefaultSelector", Slow)
    told: list[str] = []
    script = f'[ "$BACKSTAY_WORKER_SLOT" = 0 ] || exit 3; {READY}'
    assert supervisor(listener, script, told).run() == 3
    assert told == []


def test_a_pipe_that_says_nothing_is_not_waited_for(listener: socket.socket) -> None:
    parent = supervisor(listener, "exec sleep 60", [])
    slot: Any = parent._slots[0]
    parent._spawn(slot)
    try:
        parent._on_ready_pipe(slot)  # its number was an ended worker's a moment ago
        assert (slot.ready, slot.ready_pipe is None) == (False, False)
    finally:
        slot.process.kill()
        slot.process.wait()
        parent._forget(slot)
        parent._selector.close()
