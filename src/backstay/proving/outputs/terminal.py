"""What a person at a terminal sees: lines that change while the checks run, and a table at the end."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Self

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from backstay.kernel.guarantees import FAULT_WORDS
from backstay.proving.results import Proof, Result

_STYLES: Final = {
    "held": "green",
    "violated": "bold red",
    "weaker": "yellow",
    "not-applicable": "dim",
    "inconclusive": "bold yellow",
}


class Progress:
    """Shows a run's events as they come; on anything but a terminal, one line a verdict."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._lines: dict[str, str] = {}
        """What each running check is at."""
        self._sabotage = False

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(console=self._console, refresh_per_second=8, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, event: dict[str, Any]) -> None:
        """Show one event."""
        match event["event"]:
            case "run":
                self._sabotage = event["sabotage"]
                count = len(event["guarantees"])
                what = f"{'sabotaging' if self._sabotage else 'trying'} {count} guarantee{'s' * (count != 1)}"
                self._console.print(
                    f"[bold]{what}[/] on {event['engine_version']}, "
                    f"seed {event['seed']}, commit {event['commit']}",
                    highlight=False,
                )
            case "started" | "progress" | "mark":
                self._doing(event)
            case "verdict":
                self._verdict(event)
            case "kept":
                self._console.print(f"    kept in {event['folder']}", style="dim", highlight=False)

    def _doing(self, event: dict[str, Any]) -> None:
        name = event["sabotage"] or event["guarantee"]
        told = self._lines.get(name, "")
        match event["event"]:
            case "progress":
                told = (
                    f"trial {event['trial']} of {event['trials']}  {event['ok']} ok"
                    f"  {event['fail']} refused  {event['info']} unknown"
                )
            case "mark":
                told = f"{event['lane']}: {event['kind']} {event['detail']}"
        self._lines[name] = told
        self._refresh()

    def _refresh(self) -> None:
        if self._live is not None:
            lines = [Text(f" {name}  {told}", no_wrap=True) for name, told in self._lines.items()]
            self._live.update(Group(*(Spinner("dots", text=line) for line in lines)))

    def _verdict(self, event: dict[str, Any]) -> None:
        outcome, name = event["outcome"], event["sabotage"] or event["guarantee"]
        self._lines.pop(name, None)
        self._refresh()
        said, style = outcome, _STYLES[outcome]
        if event["sabotage"]:
            said, style = _caught(outcome)
        self._console.print(
            Text.assemble((f"  {said:<15}", style), f"{name:<40}", (f"{event['duration']:6.1f} s", "dim"))
        )


def _caught(outcome: str) -> tuple[str, str]:
    """How a planted bug's fate is told, and its colour."""
    if outcome == "violated":
        return "caught", "green"
    if outcome == "not-applicable":
        return outcome, "dim"
    return "NOT CAUGHT", "bold red"


def show(console: Console, proofs: Sequence[Proof]) -> None:
    """The table at the end, and in full whatever somebody has to look at."""
    for proof in proofs:
        title = f"{proof.engine_version}, seed {proof.seed}, commit {proof.commit}, {proof.duration:.0f} s"
        table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
        table.add_column("verdict", no_wrap=True)
        what = "planted bug" if proof.sabotage else "guarantee"
        table.add_column(what, no_wrap=not proof.sabotage, overflow="fold")
        table.add_column("seen" if proof.sabotage else "under")
        table.add_column("operations", justify="right", no_wrap=True)
        table.add_column("s", justify="right", no_wrap=True)
        for result in proof.results:
            word, style = _word(result)
            table.add_row(
                Text(word, style),
                _what(result),
                Text(_under(result), "dim"),
                str(result.operations.total),
                f"{result.duration:.1f}",
            )
        console.print(table)
    for proof in proofs:
        for result in proof.results:
            if not result.passed:
                told = f"[bold]{result.guarantee}[/] on {proof.engine}: {escape(result.sentence)}"
                console.print(told, highlight=False)
                console.print(f"    promised: {result.promise}", highlight=False, markup=False, style="dim")
                _history(console, result)
                console.print(f"    replay: {result.replay}", highlight=False, style="dim")


def _word(result: Result) -> tuple[str, str]:
    """The word for a result, and its colour."""
    if result.sabotage is not None:
        return _caught(result.outcome)
    return result.outcome.replace("-", " "), _STYLES[result.outcome]


def _what(result: Result) -> Text:
    if result.sabotage is None:
        return Text(result.guarantee)
    return Text.assemble(result.sabotage.name, "\n", (result.sabotage.words, "dim"))


def _under(result: Result) -> str:
    """The conditions of what held; of anything else, what was seen."""
    if result.outcome != "held":
        return result.reason
    faults = ", ".join(FAULT_WORDS.get(kind, kind) for kind in result.faults) or "no faults"
    return f"{result.trials} trial{'s' * (result.trials != 1)}, {faults}"


def _history(console: Console, result: Result) -> None:
    """The shortest history that shows a violation, one line an operation."""
    for op in result.operations.shown:
        if op.evidence:
            took = "no end" if op.took is None else f"{op.took:.1f} ms"
            about, answer = ("" if value is None else f" {value}" for value in (op.about, op.answer))
            console.print(
                f"    {op.at:10.1f} ms  {op.lane} -> {op.server}: {op.name}{about}: "
                f"{op.status or op.error or op.ended}{answer} ({took})",
                highlight=False,
                markup=False,
                style="red",
            )
