"""Lay generated migration code out the way `ruff format` would, so that a fresh file needs no second tool."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

WIDTH: Final = 110
_STEP: Final = "    "
_ALWAYS_TALL: Final = {"op.create_table"}
"""Calls that read better with one argument a line, however short."""


def lay_out(source: str, indent: str = "") -> str:
    """The statements of `source`, one below the other; comments are dropped."""
    return "\n".join(_statement(statement, indent) for statement in ast.parse(source).body)


def _statement(node: ast.stmt, indent: str) -> str:
    match node:
        case ast.Expr(value=value):
            return indent + _expression(value, indent, spare=0)
        case ast.With(items=[ast.withitem(context_expr=context, optional_vars=ast.Name(id=name))], body=body):
            tail = f" as {name}:"
            head = f"{indent}with {_expression(context, indent, spare=len('with ') + len(tail))}{tail}"
            return "\n".join([head, *(_statement(inner, indent + _STEP) for inner in body)])
        case _:
            return "\n".join(indent + line for line in ast.unparse(node).splitlines())


def _expression(node: ast.expr, indent: str, spare: int) -> str:
    """The expression, on one line if it fits with `spare` more characters on that line."""
    flat = _flat(node)
    opened = _opened(node)
    if opened is None:
        return flat
    head, parts, close = opened
    tall = head.removesuffix("(") in _ALWAYS_TALL
    if not tall and len(indent) + len(flat) + spare <= WIDTH:
        return flat
    inner = indent + _STEP
    one_line = inner + ", ".join(label + _flat(part) for label, part in parts)
    if not tall and len(one_line) <= WIDTH:
        return f"{head}\n{one_line}\n{indent}{close}"
    lines = [f"{inner}{label}{_expression(part, inner, spare=len(label) + 1)}," for label, part in parts]
    return "\n".join([head, *lines, indent + close])


def _opened(node: ast.expr) -> tuple[str, Sequence[tuple[str, ast.expr]], str] | None:
    """What a bracketed expression starts with, holds (each with its keyword) and ends with."""
    match node:
        case ast.Call(func=function, args=args, keywords=keywords) if args or keywords:
            named = [(f"{keyword.arg}=" if keyword.arg else "**", keyword.value) for keyword in keywords]
            return f"{_flat(function)}(", [("", argument) for argument in args] + named, ")"
        case ast.List(elts=elements) if elements:
            return "[", [("", element) for element in elements], "]"
        case ast.Tuple(elts=elements) if len(elements) > 1:
            return "(", [("", element) for element in elements], ")"
        case _:
            return None


def _flat(node: ast.expr) -> str:
    opened = _opened(node)
    if opened is not None:
        head, parts, close = opened
        return head + ", ".join(label + _flat(part) for label, part in parts) + close
    match node:
        case ast.Attribute(value=value, attr=name):
            return f"{_flat(value)}.{name}"
        case ast.Constant(value=str(text)):
            return _quoted(text)
        case _:
            return ast.unparse(node)


def _quoted(text: str) -> str:
    plain = repr(text)
    if plain[0] == '"' or '"' in text:
        return plain
    return '"' + plain[1:-1].replace("\\'", "'") + '"'
