"""Turning what a source holds into a typed value, with every problem found and told in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct

from backstay.kernel.settings.fields import Field, Hint, expectation, fields_of
from backstay.kernel.settings.quantities import parse_duration, parse_size
from backstay.kernel.settings.secret import Secret, redact_url

TRUE: Final = frozenset({"1", "true", "yes", "on"})
FALSE: Final = frozenset({"0", "false", "no", "off"})

Key = str | int


class Flaw(Struct, frozen=True):
    """One thing wrong inside a value."""

    path: tuple[Key, ...]
    """Where inside the value; empty for the value itself."""
    words: str


class Flawed(Exception):
    """A value cannot be read; never leaves this package."""

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__(flaws)
        self.flaws = flaws


def nearest(name: str, known: Iterable[str]) -> str:
    """` (did you mean …?)`, or nothing when no known name is near."""
    # Late: only what is misspelled has a nearest.
    import difflib

    matches = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {matches[0]}?" if matches else ""


def read_text(text: str, hint: Hint) -> Any:
    """The typed value of an environment variable.

    Lists are separated by commas and mappings written `name=value,…`; both may also be
    JSON, and tables always are.

    Raises:
        Flawed: with everything that is wrong.
    """
    match hint.kind:
        case "struct":
            return read(_from_json(text, hint), hint)
        case "list" if text.startswith("[") or hint.element.kind == "struct":
            return read(_from_json(text, hint), hint)
        case "list":
            return read([_scalar(part.strip(), hint.element) for part in text.split(",")], hint)
        case "mapping" if text.startswith("{"):
            return read(_from_json(text, hint), hint)
        case "mapping":
            pairs = [part.partition("=") for part in text.split(",")]
            if not all(equals for _, equals, _ in pairs):
                raise Flawed(Flaw((), "must be written name=value, name=value"))
            return read({name.strip(): _scalar(value.strip(), hint.value) for name, _, value in pairs}, hint)
        case _:
            return read(_scalar(text, hint), hint)


def _scalar(text: str, hint: Hint) -> Any:
    if hint.type is bool:
        word = text.lower()
        return word in TRUE if word in TRUE | FALSE else text
    if hint.type in {int, float} and hint.unit is None:
        try:
            return hint.type(text)
        except ValueError:
            return text
    return text


def _from_json(text: str, hint: Hint) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        raise Flawed(Flaw((), f"must be JSON: {expectation(hint)}")) from None


def read(value: Any, hint: Hint) -> Any:
    """The typed value of something that TOML or JSON holds.

    Raises:
        Flawed: with everything that is wrong.
    """
    if value is None and hint.optional:
        return None
    match hint.kind:
        case "struct":
            return _read_struct(value, hint)
        case "list" if isinstance(value, list):
            elements = _read_each(enumerate(value), hint.element).values()
            return list(elements) if get_origin(hint.type) is list else tuple(elements)
        case "mapping" if isinstance(value, Mapping):
            return _read_each(value.items(), hint.value)
        case _:
            return _convert(_quantity(value, hint), hint)


def _read_each(items: Iterable[tuple[Key, Any]], hint: Hint) -> dict[Key, Any]:
    results: dict[Key, Any] = {}
    flaws: list[Flaw] = []
    for key, item in items:
        try:
            results[key] = read(item, hint)
        except Flawed as flawed:
            flaws.extend(Flaw((key, *flaw.path), flaw.words) for flaw in flawed.flaws)
    if flaws:
        raise Flawed(*flaws)
    return results


def _read_struct(value: Any, hint: Hint) -> Any:
    if not isinstance(value, Mapping):
        raise Flawed(Flaw((), f"must be {expectation(hint)}"))
    fields = {field.attribute: field for field in fields_of("", hint.type)}
    flaws = [Flaw((name,), "is unknown" + nearest(name, fields)) for name in value if name not in fields]
    values: dict[str, Any] = {}
    for name, field in fields.items():
        try:
            values[name] = _read_member(value, field)
        except Flawed as flawed:
            flaws.extend(Flaw((name, *flaw.path), flaw.words) for flaw in flawed.flaws)
    if flaws:
        raise Flawed(*flaws)
    return build(hint.type, values)


def _read_member(value: Mapping[str, Any], field: Field) -> Any:
    if field.attribute in value:
        return read(value[field.attribute], field.hint)
    if field.default is NODEFAULT:
        raise Flawed(Flaw((), f"is missing: it must be {expectation(field.hint)}"))
    return field.default


def build(struct: type[Struct], values: Mapping[str, Any]) -> Struct:
    """Make the struct; its own `__post_init__` may refuse with a ValueError.

    Raises:
        Flawed: the struct refused its values.
    """
    try:
        return struct(**values)
    except (ValueError, TypeError) as error:
        raise Flawed(Flaw((), str(error))) from None


def _quantity(value: Any, hint: Hint) -> Any:
    if not isinstance(value, str) or hint.unit is None:
        return value
    try:
        quantity = parse_duration(value) if hint.unit == "seconds" else parse_size(value)
    except ValueError:
        return value
    return int(quantity) if hint.type is int and quantity == int(quantity) else quantity


def _convert(value: Any, hint: Hint) -> Any:
    try:
        return msgspec.convert(value, hint.annotation, dec_hook=_decode)
    except msgspec.ValidationError:
        words = f"must be {expectation(hint)}"
        if hint.kind == "choice":
            words += nearest(str(value), map(str, get_args(hint.type)))
        raise Flawed(Flaw((), words + _seen(value, hint))) from None


def _seen(value: Any, hint: Hint) -> str:
    if hint.secret:
        return ""
    return f" (it is {redact_url(value)!r})" if isinstance(value, str) else f" (it is {value!r})"


def _decode(kind: type, value: Any) -> Any:
    if not isinstance(value, str):
        raise TypeError("not a text")
    if kind is Secret:
        return Secret(value)
    if kind is Path:
        return Path(value).expanduser()
    raise NotImplementedError
