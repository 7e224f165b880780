"""A run as a drawing: a row for each server process and proxy, rows of clients below, time to the right."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from backstay.kernel.guarantees import Ended
from backstay.proving.results import Result, ShownLane, ShownMark, ShownOperation

WIDTH = 1000.0
"""Of the plot, in the drawing's own units; labels stand to its left."""
ROW = 26.0
_LEFT = 150.0
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 60_000, 600_000)
_DULL = 0.08
"""Share of the busy time from which an idle stretch is squeezed, to half of this share of the width."""
_LEAST = 3.0
"""Width of the shortest operation: a millisecond among seconds must still be seen."""


class Bar(Struct, frozen=True):
    """A stretch of time on a row."""

    x: float
    width: float
    kind: str
    """`up`, `starting`, `paused`, `ok`, `fail`, `info`."""
    title: str
    evidence: bool = False


class Flag(Struct, frozen=True):
    """A fault, or its end, at one moment."""

    x: float
    kind: str
    title: str
    label: str
    """Empty where the one before would cover it."""


class Row(Struct, frozen=True):
    """One line of the drawing."""

    y: float
    label: str
    kind: str
    bars: tuple[Bar, ...]
    flags: tuple[Flag, ...]


class Tick(Struct, frozen=True):
    """A mark of the time axis."""

    x: float
    label: str


class Squeeze(Struct, frozen=True):
    """A stretch in which nobody asked anything, drawn narrow so that the rest can be seen."""

    x: float
    width: float
    title: str


class Drawing(Struct, frozen=True):
    """Everything that the page's template turns into SVG."""

    height: float
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    squeezes: tuple[Squeeze, ...]


class _Stretch(Struct, frozen=True):
    """A stretch of time and where it is drawn."""

    begins: float
    ends: float
    x: float
    width: float
    squeezed: bool


class _Scale:
    """Milliseconds to units. Starting up and waiting are dull: idle stretches are squeezed."""

    def __init__(self, result: Result) -> None:
        busy = _busy(result)
        total = sum(end - begin for begin, end in busy) or 1.0
        pieces: list[tuple[float, float, bool]] = []
        for begin, end in busy:
            if pieces:
                since = pieces[-1][1]
                pieces.append((since, begin, begin - since > total * _DULL))
            pieces.append((begin, end, False))
        drawn = sum(end - begin for begin, end, squeezed in pieces if not squeezed) or 1.0
        narrow = WIDTH * _DULL / 2
        factor = (WIDTH - narrow * sum(squeezed for *_, squeezed in pieces)) / drawn
        self.stretches: list[_Stretch] = []
        x = _LEFT
        for begin, end, squeezed in pieces:
            width = narrow if squeezed else (end - begin) * factor
            self.stretches.append(_Stretch(begin, end, x, width, squeezed))
            x += width
        self.first, self.last = pieces[0][0], pieces[-1][1]
        self.factor = factor

    def x(self, at: float) -> float:
        for stretch in self.stretches:
            if at <= stretch.ends:
                share = (max(at, stretch.begins) - stretch.begins) / ((stretch.ends - stretch.begins) or 1.0)
                return round(stretch.x + share * stretch.width, 2)
        return _LEFT + WIDTH


def _busy(result: Result) -> list[tuple[float, float]]:
    """Stretches in which something was asked or broken, in order, a little room around each."""
    spans = [(op.at, op.at + (op.took or 0.0)) for op in result.operations.shown]
    spans += [
        (mark.at, mark.at)
        for lane in result.lanes
        for mark in lane.marks
        if mark.kind not in {"start", "ready"}
    ]
    if not spans:
        return [(0.0, 1.0)]
    room = max((max(end for _, end in spans) - min(begin for begin, _ in spans)) * 0.01, 0.5)
    merged: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if merged and begin - room <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end + room))
        else:
            merged.append((max(0.0, begin - room), end + room))
    return merged


def draw(result: Result) -> Drawing:
    """The drawing of one result."""
    scale = _Scale(result)
    rows: list[Row] = []
    for lane in result.lanes:
        if lane.kind == "client":
            continue
        rows.append(
            Row(
                y=len(rows) * ROW,
                label=lane.name,
                kind=lane.kind,
                bars=_life(lane.marks, scale) if lane.kind == "server" else (),
                flags=_flags(lane, scale),
            )
        )
    for label, operations in _packed(result.operations.shown):
        bars = tuple(_bar(op, scale) for op in operations)
        rows.append(Row(y=len(rows) * ROW, label=label, kind="client", bars=bars, flags=()))
    squeezes = tuple(
        Squeeze(
            stretch.x, stretch.width, f"{stretch.ends - stretch.begins:.0f} ms in which nothing was asked"
        )
        for stretch in scale.stretches
        if stretch.squeezed
    )
    return Drawing(height=len(rows) * ROW, rows=tuple(rows), ticks=_ticks(scale), squeezes=squeezes)


def _life(marks: Sequence[ShownMark], scale: _Scale) -> tuple[Bar, ...]:
    """When a server process was starting, up, and standing still."""
    bars: list[Bar] = []
    state, since = "", 0.0
    turns = {"start": "starting", "ready": "up", "pause": "paused", "resume": "up", "exit": "", "kill": ""}
    for mark in [*marks, ShownMark(at=scale.last, kind="exit", detail="", trial=0)]:
        if mark.kind not in turns:
            continue
        if state and mark.at > since:
            start, end = scale.x(since), scale.x(mark.at)
            if end > start:
                bars.append(Bar(start, end - start, state, f"{state} for {mark.at - since:.0f} ms"))
        state, since = turns[mark.kind], mark.at
    return tuple(bars)


def _flags(lane: ShownLane, scale: _Scale) -> tuple[Flag, ...]:
    flags: list[Flag] = []
    free = 0.0
    for mark in lane.marks:
        if mark.kind in {"start", "ready"} or mark.at < scale.first:
            continue
        x = scale.x(mark.at)
        label = mark.kind if x >= free and mark.kind not in {"exit", "heal", "disk-freed"} else ""
        if label:
            free = x + 7.0 * len(label) + 8
        flags.append(Flag(x, mark.kind, f"{mark.at:.1f} ms: {mark.kind} {mark.detail}", label))
    return tuple(flags)


def _packed(operations: Sequence[ShownOperation]) -> list[tuple[str, list[ShownOperation]]]:
    """Clients in as few rows as their times allow: those of a later trial take the rows of an earlier one."""
    by_client: dict[str, list[ShownOperation]] = {}
    for op in operations:
        by_client.setdefault(op.lane, []).append(op)
    rows: list[tuple[list[str], list[ShownOperation]]] = []
    for name, mine in by_client.items():
        begins = min(op.at for op in mine)
        for names, held in rows:
            if (
                name.startswith("client")
                and names[0].startswith("client")
                and max(op.at + (op.took or 0) for op in held) < begins
            ):
                names.append(name)
                held.extend(mine)
                break
        else:
            rows.append(([name], list(mine)))
    return [(_joined(names), held) for names, held in rows]


def _joined(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    first, last = names[0], names[-1].rpartition(" ")[2]
    return f"{first} … {last}" if len(names) > 2 else f"{first}, {last}"


def _bar(op: ShownOperation, scale: _Scale) -> Bar:
    start = scale.x(op.at)
    end = scale.x(op.at + op.took) if op.took is not None else scale.x(scale.last)
    said = op.status or op.error or op.ended.value
    about = "" if op.about is None else f" {op.about}"
    took = "did not end" if op.took is None else f"{op.took:.1f} ms"
    title = f"#{op.id} {op.name}{about}\n{said}, {took}, to {op.server}"
    kind = (Ended.INFO if op.ended is Ended.PENDING else op.ended).value
    return Bar(start, max(end - start, _LEAST), kind, title, op.evidence)


def _ticks(scale: _Scale) -> tuple[Tick, ...]:
    """A dozen round moments at most, none where time is squeezed or where the one before would be covered."""
    spread = WIDTH / scale.factor
    step = next((step for step in _STEPS if spread / step <= 12), _STEPS[-1])
    ticks: list[Tick] = []
    for stretch in scale.stretches:
        if stretch.squeezed:
            continue
        at = (stretch.begins // step + 1) * step
        while at < stretch.ends:
            x = scale.x(at)
            if not ticks or x - ticks[-1].x >= 60:
                ticks.append(Tick(x, f"{at / 1000:g} s" if step >= 100 else f"{at:g} ms"))
            at += step
    return tuple(ticks)
