"""What words that are not a module's own may say: so little that they cannot run for long or grow large.

Jinja2's sandbox bounds what a template can reach, not how long it runs. So an organization's
own words may not compute: they show variables, choose, and walk through what a variable
holds. Then rendering them takes time in proportion to the template and to the data.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from jinja2 import nodes

FILTERS: Final = frozenset(
    {"capitalize", "count", "d", "default", "e", "escape", "first", "int", "join", "last", "length"}
    | {"lower", "title", "trim", "upper", "urlencode"}
)
"""None of them makes much of little."""
TESTS: Final = frozenset(
    {"defined", "eq", "even", "false", "ge", "gt", "in", "le", "lt", "ne", "none", "odd", "true"}
)
SEPARATOR: Final = 100
"""Characters of what `join` and `default` put in."""
LOOPS: Final = 3
"""Loops in each other."""
_PLAIN: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.Block,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Neg,
    nodes.Const,
    nodes.Name,
    nodes.Pair,
    nodes.Keyword,
)


def misspoken(template: nodes.Template, partials: Collection[str]) -> str | None:
    """The first thing that a template may not say; None when it may say all of it.

    Args:
        template: as Jinja2 parsed it.
        partials: names of the templates that it may extend.
    """
    return _judge(template, partials, ())


def _judge(node: nodes.Node, partials: Collection[str], walking: tuple[str, ...]) -> str | None:
    """`walking`: the names that the loops around this give their elements."""
    wrong = _wrong(node, partials, walking)
    if wrong is not None:
        return f"line {node.lineno}: {wrong}"
    if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
        walking = (*walking, node.target.name)
    for child in node.iter_child_nodes():
        if (found := _judge(child, partials, walking)) is not None:
            return found
    return None


def _wrong(node: nodes.Node, partials: Collection[str], walking: tuple[str, ...]) -> str | None:
    match node:
        case nodes.Extends(template=nodes.Const(value=str(name))):
            return None if name in partials else f"there is no template {name!r} to extend"
        case nodes.For():
            return _wrong_loop(node, walking)
        case nodes.Filter():
            return _wrong_filter(node)
        case nodes.Test(name=name):
            return None if name in TESTS else f"the test {name!r} cannot be used here"
        case nodes.Getattr(attr=name) | nodes.Getitem(arg=nodes.Const(value=str(name))):
            return f"{name!r} cannot be shown" if name.startswith("_") else None
        case nodes.Getitem(arg=nodes.Const()):
            return None
        case _ if isinstance(node, _PLAIN):
            return None
        case _:
            kind = type(node).__name__.lower()
            return f"`{kind}` cannot be used here: show variables, choose with `if`, walk with `for`"


def _wrong_loop(node: nodes.For, walking: tuple[str, ...]) -> str | None:
    if not isinstance(node.target, nodes.Name) or node.recursive:
        return "a loop gives each element one name, and does not call itself"
    inner: nodes.Node = node.iter
    while isinstance(inner, nodes.Getattr | nodes.Getitem):
        inner = inner.node
    if not isinstance(inner, nodes.Name):
        return "a loop walks through a variable, or through what one holds"
    if len(walking) >= LOOPS:
        return f"at most {LOOPS} loops can be in each other"
    if walking and inner.name != walking[-1]:
        # Else loops in each other would multiply.
        return "a loop within a loop walks through what the outer one's element holds"
    return None


def _wrong_filter(node: nodes.Filter) -> str | None:
    if node.name not in FILTERS:
        return f"the filter {node.name!r} cannot be used here; there are: {', '.join(sorted(FILTERS))}"
    for given in [*node.args, *(pair.value for pair in node.kwargs)]:
        if not isinstance(given, nodes.Const) or len(str(given.value)) > SEPARATOR:
            return f"the filter {node.name!r} takes plain values of at most {SEPARATOR} characters"
    return None
