"""One self-contained HTML page for people: verdicts, conditions, drawings, and what shows a breach."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from backstay.proving.outputs.drawing import ROW, WIDTH, draw
from backstay.proving.results import Proof, Result


def status_of(result: Result) -> tuple[str, str]:
    """The word on the chip and the class of its colour."""
    if result.sabotage is None:
        return result.outcome.replace("-", " "), result.outcome
    if result.outcome == "not-applicable":
        return "not applicable", "not-applicable"
    return ("caught", "held") if result.sabotage.caught else ("not caught", "violated")


def render(proofs: Sequence[Proof]) -> str:
    """The page as text; it loads nothing from anywhere."""
    environment = Environment(
        loader=PackageLoader("backstay.proving", "outputs"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("page.html.j2")
    return template.render(proofs=proofs, draw=draw, status_of=status_of, row=ROW, width=WIDTH)


def write_page(path: Path, proofs: Sequence[Proof]) -> None:
    """Write the page to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(proofs), encoding="utf-8")
