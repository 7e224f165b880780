"""Who may import whom: the rings, the modules' faces, the order inside a module, no cycles."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from tools.lints.source import Finding, Import, Source, Tree, ring_of

MAY_IMPORT: Final = {
    "kernel": {"kernel"},
    "systems": {"kernel", "systems"},
    "products": {"kernel", "systems", "products"},
    "proving": {"kernel", "proving"},
    "app": {"kernel", "systems", "products", "proving", "app"},
}

ORDER: Final = "http|jobs|guarantees -> service -> queries -> tables -> contracts|errors|events"
# A file of a module imports what stands on lower steps; those on the lowest import each other too.
STEPS: Final = {
    "contracts": 0,
    "errors": 0,
    "events": 0,
    "settings": 0,
    "tables": 1,
    "queries": 2,
    "service": 3,
    "http": 4,
    "jobs": 4,
    "commands": 4,
    "seed": 4,
    "guarantees": 5,
    "module": 6,
    "testing": 7,
}


def rings(tree: Tree) -> Iterator[Finding]:
    """The rings: kernel < systems < products < app; proving stands on the kernel, under the CLI alone."""
    for source in tree.package:
        ring = ring_of(source.dotted) or "app"
        for found in source.imports:
            for target in {ring_of(name) for name in found.targets} - MAY_IMPORT[ring] - {None}:
                yield Finding(source.path, found.line, _ring_message(ring, str(target), found.module))


def _ring_message(ring: str, target: str, name: str) -> str:
    if target == "proving":
        advice = "take the lab's types from backstay.kernel.guarantees"
    elif target == "app":
        advice = "take what is needed as an argument, or from the part of the kernel that defines it"
    else:
        advice = f"move the shared part down into {ring}, or let {target} call or subscribe instead"
    return f"{ring} may not import {target} ({name}): {advice}"


def privacy(tree: Tree) -> Iterator[Finding]:
    """From outside a module, and from outside a package of the kernel, only its root is imported."""
    for source in tree.package:
        for found in source.imports:
            inside = next(
                (target for target in found.targets if _is_private(tree, source, found, target)), None
            )
            if inside:
                message = (
                    f"{inside} is private to its package: import the name from the package itself, "
                    "and export it there if it is meant for others"
                )
                yield Finding(source.path, found.line, message)


def _is_private(tree: Tree, source: Source, found: Import, target: str) -> bool:
    owner = tree.module_of(target) or _kernel_package(tree, target)
    if owner is None or f"{source.dotted}.".startswith(f"{owner}."):
        return False
    part = target.removeprefix(owner).strip(".").partition(".")[0]
    if part not in tree.children[owner]:
        return False
    if part == "module" and ring_of(source.dotted) == "app":
        return False
    if part == "testing" and "testing" in source.dotted.split("."):
        return False  # what helps other modules' tests also helps their helpers
    # A package may export a name that one of its files bears too: `statement` of kernel.database.
    return found.module != owner or part not in tree.exports(owner)


def _kernel_package(tree: Tree, dotted: str) -> str | None:
    package = ".".join(dotted.split(".")[:3])
    return package if ring_of(dotted) == "kernel" and package in tree.children else None


def order(tree: Tree) -> Iterator[Finding]:
    """Inside a module: http|jobs|guarantees -> service -> queries -> tables -> contracts|errors|events."""
    for source in tree.package:
        module, here = tree.module_of(source.dotted), tree.inside(source.dotted)
        if module is None or here not in STEPS:
            continue
        for found in source.imports:
            own = (tree.inside(target) for target in found.targets if tree.module_of(target) == module)
            upwards = next((there for there in own if there in STEPS and not _may_use(here, there)), None)
            if upwards:
                message = (
                    f"{here} may not import {upwards} of its own module: the order is {ORDER}; "
                    "move what both need to the lower one"
                )
                yield Finding(source.path, found.line, message)


def _may_use(here: str, there: str) -> bool:
    return here == there or STEPS[there] < STEPS[here] or STEPS[there] == STEPS[here] == 0


def _uses(tree: Tree) -> dict[str, dict[str, Finding]]:
    """For each module the other modules that it imports, and where it first does."""
    uses: dict[str, dict[str, Finding]] = defaultdict(dict)
    for source in tree.package:
        module = tree.module_of(source.dotted)
        for found in source.imports if module else ():
            for other in {tree.module_of(target) for target in found.targets} - {module, None}:
                uses[str(module)].setdefault(str(other), Finding(source.path, found.line, ""))
    return uses


def cycles(tree: Tree) -> Iterator[Finding]:
    """Modules never import each other in a ring."""
    uses = _uses(tree)
    finished: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> Iterator[Finding]:
        if module in path:
            ring = [name.rpartition(".")[2] for name in (*path[path.index(module) :], module)]
            yield uses[path[-1]][module]._replace(
                message=f"modules import each other in a ring: {' -> '.join(ring)}; "
                "let one of them publish an event that the other reacts to"
            )
        elif module not in finished:
            for other in sorted(uses[module]) if module in uses else ():
                yield from visit(other, (*path, module))
            finished.add(module)

    for module in sorted(uses):
        yield from visit(module, ())


def requires(tree: Tree) -> Iterator[Finding]:
    """What a module imports of another, its manifest requires."""
    uses = _uses(tree)
    for source in tree.package:
        module = source.dotted.removesuffix(".module")
        if module == source.dotted or module not in tree.modules:
            continue
        required = _required(source)
        for other, finding in uses.get(module, {}).items():
            name = other.rpartition(".")[2]
            if name not in required:
                message = f"{module} imports {name!r}, which it does not require: add it in {source.path}"
                yield finding._replace(message=message)


def _required(manifest: Source) -> set[str]:
    """The names in the manifest's `requires`."""
    arguments = (
        node for node in ast.walk(manifest.tree) if isinstance(node, ast.keyword) and node.arg == "requires"
    )
    return {
        element.value
        for argument in arguments
        for element in ast.walk(argument.value)
        if isinstance(element, ast.Constant) and isinstance(element.value, str)
    }
