"""Naming every field at fault.

msgspec stops at the first error, which is what a server wants on the good path and not
what a person filling in a form wants on the bad one. So a body is decoded by msgspec
alone; only when that fails is the same data walked against the same type, and msgspec
itself judges each leaf, so that the two can not disagree about what is valid.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Struct, UnsetType, structs

from backstay.kernel.errors import FieldError

MAX_ERRORS: Final = 100
"""Errors named in one answer; a body that has more is not being filled in by a person."""
_MAX_DEPTH: Final = 32
"""Below it a fault is named at its ancestor: walking converts each level anew, which must stay cheap."""

_NOUNS: Final = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
    "datetime": "a date and time",
    "date": "a date",
    "uuid": "a UUID",
    "bytes": "base64 text",
    "decimal": "a decimal number",
}
_MISMATCH: Final = re.compile(r"Expected `([^`]+)`, got `([^`]+)`$")
_ARRAY_LENGTH: Final = re.compile(r"Expected `array` of (?:at least )?length (\d+), got (\d+)$")
_RULES: Final[Sequence[tuple[re.Pattern[str], str, str]]] = (
    (re.compile(r"Expected `(?:int|float|decimal)` (>=|<=|>|<) (\S+)$"), "range", "must be {0} {1}"),
    (
        re.compile(r"Expected `(?:int|float)` that's a multiple of (\S+)$"),
        "range",
        "must be a multiple of {0}",
    ),
    (
        re.compile(r"Expected `(?:str|bytes)` of length (>=|<=|==) (\d+)$"),
        "length",
        "must have {0} {1} characters",
    ),
    (
        re.compile(r"Expected `(?:array|object)` of length (>=|<=|==) (\d+)$"),
        "length",
        "must have {0} {1} items",
    ),
    (_ARRAY_LENGTH, "length", "must have {0} items"),
    (
        re.compile(r"Expected `array` of length (\d+) to (\d+), got (\d+)$"),
        "length",
        "must have {0} to {1} items",
    ),
    (re.compile(r"Expected `str` matching regex (.+)$"), "format", "must match {0}"),
    (re.compile(r"Invalid enum value (.+)$"), "choice", "cannot be {0}"),
    (re.compile(r"Invalid value (.+)$"), "choice", "cannot be {0}"),
    (re.compile(r"Object missing required field `(.+)`$"), "required", "is required"),
    (re.compile(r"Object contains unknown field `(.+)`$"), "unknown", "is not a field here"),
    (re.compile(r"Invalid UUID"), "format", "must be a UUID"),
    (re.compile(r"Invalid RFC3339 encoded datetime"), "format", "must be an RFC 3339 date and time"),
    (re.compile(r"Invalid RFC3339 encoded date"), "format", "must be an RFC 3339 date"),
    (re.compile(r"Invalid RFC3339 encoded time"), "format", "must be an RFC 3339 time"),
    (re.compile(r"Invalid ISO8601 duration"), "format", "must be an ISO 8601 duration"),
    (re.compile(r"Invalid base64"), "format", "must be base64"),
    (re.compile(r"Invalid decimal"), "format", "must be a decimal number"),
    (re.compile(r"Expected `datetime` with (a|no) timezone"), "format", "must have {0} time zone"),
    (re.compile(r"(?:Integer|Number|Timestamp|Duration)s? (?:is )?out of range"), "range", "is out of range"),
)
_PLACE: Final = re.compile(r" - at `[^`]*`(?: in `[^`]*`)?$")
_INSIDE: Final = re.compile(r"(?: - at `\$\.([^`.\[]+)`|required field `([^`]+)`)$")
"""Where msgspec's path names one member that the walk could not choose a type for: a union's tag."""
_WORDS: Final = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than", "==": "exactly"}


def check(kind: Any, value: Any, pointer: str, *, strict: bool = True) -> list[FieldError]:
    """Every way in which `value` (decoded JSON, or text when not `strict`) is not a `kind`.

    Empty exactly when msgspec converts the value.
    """
    walk = _Walk(strict=strict)
    walk.visit(kind, value, pointer, 0)
    return walk.errors


def control_characters(value: Any, pointer: str) -> Iterator[FieldError]:
    """Texts that hold NUL, which PostgreSQL cannot store and no person types."""
    if isinstance(value, str):
        if "\0" in value:
            yield FieldError(pointer=pointer, code="format", message="must not contain the character NUL")
    elif isinstance(value, dict):
        for key, element in value.items():
            yield from control_characters(key, f"{pointer}/{escape(key)}")
            yield from control_characters(element, f"{pointer}/{escape(key)}")
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from control_characters(element, f"{pointer}/{index}")


def escape(key: str) -> str:
    """A key as one step of a JSON pointer (RFC 6901, 3)."""
    return key.replace("~", "~0").replace("/", "~1")


def open_structs(kind: Any) -> list[type[Struct]]:
    """The structs within a type that would let unknown fields pass."""
    found: dict[type[Struct], None] = {}
    seen: set[int] = set()

    def visit(info: Any) -> None:
        if id(info) in seen:
            return
        seen.add(id(info))
        if isinstance(info, msgspec.inspect.StructType) and not info.forbid_unknown_fields:
            found[get_origin(info.cls) or info.cls] = None
        for name in getattr(info, "__struct_fields__", ()):
            child = getattr(info, name)
            for element in child if isinstance(child, tuple) else (child,):
                if isinstance(element, msgspec.inspect.Type | msgspec.inspect.Field):
                    visit(element)

    visit(msgspec.inspect.type_info(kind))
    return list(found)


def explain(failure: msgspec.ValidationError) -> tuple[str, str]:
    """Msgspec's message as a stable code and words for a person."""
    text = _PLACE.sub("", str(failure))
    if match := _MISMATCH.match(text):
        wanted = " or ".join(_NOUNS.get(word, word) for word in match[1].split(" | "))
        return "type", f"must be {wanted}, not {_NOUNS.get(match[2], match[2])}"
    for pattern, code, words in _RULES:
        if match := pattern.match(text):
            return code, words.format(*(_WORDS.get(group, group) for group in match.groups()))
    return "invalid", text


class _Walk:
    """One walk over one value, collecting errors."""

    def __init__(self, *, strict: bool) -> None:
        self.errors: list[FieldError] = []
        self._strict = strict

    def visit(self, kind: Any, value: Any, pointer: str, depth: int) -> None:
        """Add the errors of this value; at least one exactly when it does not convert."""
        failure = self._judge(kind, value)
        if failure is None or len(self.errors) >= MAX_ERRORS:
            return
        before = len(self.errors)
        if depth < _MAX_DEPTH:
            self._descend(_plain(kind), value, pointer, depth + 1)
        if len(self.errors) == before:  # the fault is of this value itself, not of one inside it
            code, message = explain(failure)
            inside = _INSIDE.search(str(failure))
            self._add(f"{pointer}/{escape(inside[1] or inside[2])}" if inside else pointer, code, message)

    def _judge(self, kind: Any, value: Any) -> msgspec.ValidationError | None:
        try:
            msgspec.convert(value, kind, strict=self._strict, str_keys=True)
        except msgspec.ValidationError as failure:
            return failure
        return None

    def _add(self, pointer: str, code: str, message: str) -> None:
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(FieldError(pointer=pointer, code=code, message=message))

    def _descend(self, kind: Any, value: Any, pointer: str, depth: int) -> None:
        origin = get_origin(kind) or kind
        if origin in {Union, types.UnionType}:
            chosen = _choose(get_args(kind), value)
            if chosen is not None:
                self._descend(_plain(chosen), value, pointer, depth)
        elif not isinstance(origin, type):
            return
        elif issubclass(origin, Struct):
            if isinstance(value, dict) and not origin.__struct_config__.array_like:
                self._object(kind, origin, value, pointer, depth)
        elif issubclass(origin, Mapping):
            if isinstance(value, dict):
                self._mapping(get_args(kind), value, pointer, depth)
        elif issubclass(origin, Sequence | AbstractSet) and isinstance(value, list):
            self._array(get_args(kind), value, pointer, depth, fixed=origin is tuple)

    def _object(
        self, kind: Any, struct: type[Struct], value: dict[str, Any], pointer: str, depth: int
    ) -> None:
        config = struct.__struct_config__
        known = {config.tag_field} if config.tag_field else set()
        if config.tag_field and value.get(config.tag_field, config.tag) != config.tag:
            self._add(f"{pointer}/{config.tag_field}", "choice", f"must be {config.tag!r}")
        for field in structs.fields(kind):
            known.add(field.encode_name)
            at = f"{pointer}/{escape(field.encode_name)}"
            if field.encode_name in value:
                self.visit(field.type, value[field.encode_name], at, depth)
            elif field.required:
                self._add(at, "required", "is required")
        if config.forbid_unknown_fields:
            for key in value:
                if key not in known:
                    self._add(f"{pointer}/{escape(key)}", "unknown", "is not a field here")

    def _mapping(self, kinds: Sequence[Any], value: dict[str, Any], pointer: str, depth: int) -> None:
        if len(kinds) != 2:
            return
        key_type: Any = dict.__class_getitem__((kinds[0], Any))
        for key, element in value.items():
            at = f"{pointer}/{escape(key)}"
            failure = self._judge(key_type, {key: None})
            if failure is not None:
                code, message = explain(failure)
                self._add(at, code, f"as a key, {message}")
            self.visit(kinds[1], element, at, depth)

    def _array(
        self, kinds: Sequence[Any], value: list[Any], pointer: str, depth: int, *, fixed: bool
    ) -> None:
        if fixed and not (len(kinds) == 2 and kinds[1] is ...):
            if len(kinds) == len(value):
                for index, (kind, element) in enumerate(zip(kinds, value, strict=True)):
                    self.visit(kind, element, f"{pointer}/{index}", depth)
        elif kinds:
            for index, element in enumerate(value):
                self.visit(kinds[0], element, f"{pointer}/{index}", depth)


def _plain(kind: Any) -> Any:
    """The type without `Annotated`, `NewType` and aliases."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif hasattr(kind, "__supertype__"):
            kind = kind.__supertype__
        elif isinstance(kind, TypeVar):
            kind = kind.__bound__ or Any
        else:
            return kind


def _choose(options: Sequence[Any], value: Any) -> Any:
    """The member of a union that the sender meant, where the shape of the value tells; else None."""
    fitting = [option for option in options if _fits(_plain(option), value)]
    if len(fitting) > 1 and isinstance(value, dict):
        tagged = [option for option in fitting if _tag(_plain(option), value)]
        fitting = tagged or fitting
    return fitting[0] if len(fitting) == 1 else None


def _fits(kind: Any, value: Any) -> bool:
    if kind in {type(None), UnsetType}:
        return False
    origin = get_origin(kind) or kind
    if not isinstance(origin, type):
        return False
    if isinstance(value, dict):
        return issubclass(origin, Struct | Mapping)
    if isinstance(value, list):
        return issubclass(origin, Sequence | AbstractSet) and not issubclass(origin, str | bytes)
    return False


def _tag(kind: Any, value: Mapping[str, Any]) -> bool:
    struct = get_origin(kind) or kind
    if not issubclass(struct, Struct):
        return False
    config = struct.__struct_config__
    return config.tag_field is not None and value.get(config.tag_field) == config.tag
