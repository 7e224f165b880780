"""Compares what a command printed with what the page shows; `…` stands for anything."""

from __future__ import annotations

import json
import re
from typing import Any, Final

ANYTHING: Final = "…"


def differences(expected: str, actual: str, language: str) -> list[str]:
    """Where the two differ, in words; empty when the output is as shown."""
    if language == "json":
        return _json_differences(expected, actual)
    pattern = "".join(_line(line) for line in expected.strip().splitlines())
    if re.fullmatch(pattern, f"{actual.strip()}\n" if actual.strip() else ""):
        return []
    return [f"printed:\n{actual.strip()}\nbut the page shows:\n{expected.strip()}"]


def _line(line: str) -> str:
    """A line of its own `…` is any number of lines; inside a line it is any text on it."""
    if line.strip() == ANYTHING:
        return r"(?:.*\n)*?"
    return r".*?".join(re.escape(part) for part in line.rstrip().split(ANYTHING)) + r"[ \t]*\n"


def _json_differences(expected: str, actual: str) -> list[str]:
    try:
        value = json.loads(actual)
    except ValueError:
        return [f"printed no JSON:\n{actual.strip()}"]
    try:
        wanted = json.loads(_quoted(expected))
    except ValueError as error:
        return [f"the page shows no JSON ({error}):\n{expected.strip()}"]
    return list(_unlike(wanted, value, "$"))


def _quoted(text: str) -> str:
    """Put quotes around every `…` that stands outside a string."""
    parts = re.split(r'("(?:[^"\\]|\\.)*")', text)
    return "".join(
        part if part.startswith('"') else part.replace(ANYTHING, f'"{ANYTHING}"') for part in parts
    )


def _unlike(wanted: Any, value: Any, path: str) -> list[str]:
    if wanted == ANYTHING:
        return []
    if isinstance(wanted, dict) and isinstance(value, dict):
        missing = [f"{path}.{key} is missing" for key in wanted if key not in value]
        shared = [key for key in wanted if key in value]
        return missing + [
            text for key in shared for text in _unlike(wanted[key], value[key], f"{path}.{key}")
        ]
    if isinstance(wanted, list) and isinstance(value, list):
        return _unlike_lists(wanted, value, path)
    if isinstance(wanted, str) and isinstance(value, str) and ANYTHING in wanted:
        pattern = ".*".join(re.escape(part) for part in wanted.split(ANYTHING))
        return [] if re.fullmatch(pattern, value, re.DOTALL) else [f"{path} is {value!r}, not {wanted!r}"]
    # 1 and True are equal in Python and not in JSON.
    same = wanted == value and isinstance(wanted, bool) == isinstance(value, bool)
    return [] if same else [f"{path} is {json.dumps(value)}, not {json.dumps(wanted)}"]


def _unlike_lists(wanted: list[Any], value: list[Any], path: str) -> list[str]:
    """Element by element; a last `…` stands for the rest."""
    rest = bool(wanted) and wanted[-1] == ANYTHING
    wanted = wanted[:-1] if rest else wanted
    if len(value) < len(wanted) or (len(value) > len(wanted) and not rest):
        return [f"{path} has {len(value)} elements, not {len(wanted)}{' or more' if rest else ''}"]
    pairs = zip(wanted, value, strict=False)
    return [
        text for index, (left, right) in enumerate(pairs) for text in _unlike(left, right, f"{path}[{index}]")
    ]
