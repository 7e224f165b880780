"""JUnit XML, as CI servers read it: one suite an engine, one case a guarantee (or planted bug)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from backstay.proving.results import Proof, Result


def write_junit(path: Path, proofs: Sequence[Proof]) -> None:
    """Write the proofs: violated is a failure, inconclusive an error, not applicable a skip."""
    root = ET.Element("testsuites", name="backstay prove")
    for proof in proofs:
        failed = [result for result in proof.results if not result.passed]
        errors = [result for result in failed if result.outcome == "inconclusive"]
        suite = ET.SubElement(
            root,
            "testsuite",
            name=f"guarantees on {proof.engine_version}{' with planted bugs' if proof.sabotage else ''}",
            tests=str(len(proof.results)),
            failures=str(len(failed) - len(errors)),
            errors=str(len(errors)),
            skipped=str(sum(result.outcome == "not-applicable" for result in proof.results)),
            time=f"{proof.duration:.3f}",
            timestamp=proof.started_at.isoformat(timespec="seconds"),
        )
        for result in proof.results:
            _case(suite, result)
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _case(suite: ET.Element, result: Result) -> None:
    name = result.guarantee if result.sabotage is None else result.sabotage.name
    case = ET.SubElement(
        suite,
        "testcase",
        classname=f"{result.declared_in}.{result.engine}",
        name=name,
        time=f"{result.duration:.3f}",
    )
    told = result.sentence
    if result.sabotage is not None:
        told = f"{'caught' if result.sabotage.caught else 'NOT CAUGHT'}: {result.sabotage.words}. {told}"
    if result.outcome == "not-applicable":
        ET.SubElement(case, "skipped", message=told)
    elif not result.passed:
        kind = "error" if result.outcome == "inconclusive" else "failure"
        ET.SubElement(case, kind, message=told, type=result.outcome).text = f"replay: {result.replay}"
    ET.SubElement(case, "system-out").text = f"{result.promise}\n{told}"
