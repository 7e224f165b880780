"""What a field of a settings struct is: its type, limits, words and the variable that sets it."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Meta, Struct, structs

from backstay.kernel.settings.quantities import show_duration, show_size
from backstay.kernel.settings.secret import REDACTED, Secret, redact_url


class Hint(Struct, frozen=True, kw_only=True):
    """A field's annotation, taken apart."""

    annotation: Any
    """As written; what msgspec converts to."""
    type: Any
    """Without `Annotated` and `| None`."""
    optional: bool
    metas: tuple[Meta, ...]

    @property
    def unit(self) -> str | None:
        """`seconds`, `bytes`, or None."""
        return self._extra("unit")

    @property
    def variable(self) -> str | None:
        """The well-known environment variable of the field, if it has one."""
        return self._extra("variable")

    @property
    def description(self) -> str:
        """What the field is for."""
        return next((meta.description for meta in self.metas if meta.description), "")

    @property
    def secret(self) -> bool:
        """Whether a value is never to be shown."""
        return self.type is Secret

    @property
    def element(self) -> Hint:
        """What a list holds; only for lists."""
        return take_apart(get_args(self.type)[0])

    @property
    def value(self) -> Hint:
        """What a mapping holds under its names; only for mappings."""
        return take_apart(get_args(self.type)[1])

    @property
    def kind(self) -> Literal["struct", "list", "mapping", "choice", "plain"]:
        """How values of the type are put together."""
        origin = get_origin(self.type) or self.type
        if origin is Literal:
            return "choice"
        if not isinstance(origin, type):
            return "plain"
        if issubclass(origin, Struct):
            return "struct"
        if issubclass(origin, Mapping):
            return "mapping"
        return "list" if issubclass(origin, Sequence) and not issubclass(origin, str) else "plain"

    def _extra(self, key: str) -> str | None:
        return next((meta.extra[key] for meta in self.metas if meta.extra and key in meta.extra), None)


class Field(Struct, frozen=True, kw_only=True):
    """One setting."""

    section: str
    attribute: str
    hint: Hint
    default: Any
    """`msgspec.NODEFAULT` when a value is required (only inside lists of structs)."""

    @property
    def name(self) -> str:
        """`section.field`."""
        return f"{self.section}.{self.attribute}"

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return self.hint.variable or f"BACKSTAY_{self.section}_{self.attribute}".upper()


def take_apart(annotation: Any) -> Hint:
    """Separate the type of an annotation from its `Meta` and from `| None`."""
    metas: list[Meta] = []
    optional = False
    inner = annotation
    while True:
        if get_origin(inner) is Annotated:
            inner, *extra = get_args(inner)
            metas.extend(meta for meta in extra if isinstance(meta, Meta))
            continue
        options = get_args(inner) if get_origin(inner) in {Union, types.UnionType} else ()
        if type(None) in options and len(options) == 2:
            (inner,) = (option for option in options if option is not type(None))
            optional = True
            continue
        return Hint(annotation=annotation, type=inner, optional=optional, metas=tuple(metas))


def fields_of(section: str, struct: type[Struct]) -> list[Field]:
    """The fields of a section, in the order in which they were declared."""
    return [
        Field(section=section, attribute=info.name, hint=hint, default=_default(info))
        for info, hint in _declared(struct)
    ]


@cache  # reading annotations is most of what reading settings costs
def _declared(struct: type[Struct]) -> Sequence[tuple[structs.FieldInfo, Hint]]:
    hints = get_type_hints(struct, include_extras=True)
    return [(info, take_apart(hints[info.name])) for info in structs.fields(struct)]


def _default(info: structs.FieldInfo) -> Any:
    if info.default is not NODEFAULT:
        return info.default
    return NODEFAULT if info.default_factory is NODEFAULT else info.default_factory()


def expectation(hint: Hint) -> str:
    """What a value of this type has to be, in words that finish "must be"."""
    match hint.kind:
        case "choice":
            return "one of " + ", ".join(str(choice) for choice in get_args(hint.type))
        case "struct":
            return "a table with " + ", ".join(info.name for info in structs.fields(hint.type))
        case "list":
            return "a list, each " + expectation(hint.element)
        case "mapping":
            return "names, each with " + expectation(hint.value)
        case _:
            return ", ".join([_plain_words(hint), *_limits(hint)])


def _plain_words(hint: Hint) -> str:
    if hint.unit == "seconds":
        return "a duration such as 30s or 5m" + (" in whole seconds" if hint.type is int else "")
    if hint.unit == "bytes":
        return "a size such as 512KiB or 10MB"
    words = {bool: "true or false", int: "a whole number", float: "a number", Path: "a path"}
    return words.get(hint.type, "text")


def _limits(hint: Hint) -> list[str]:
    limits: list[str] = []
    for meta in hint.metas:
        if meta.ge is not None:
            limits.append(f"at least {_quantity(hint, meta.ge)}")
        if meta.gt is not None:
            limits.append(f"more than {_quantity(hint, meta.gt)}")
        if meta.le is not None:
            limits.append(f"at most {_quantity(hint, meta.le)}")
        if meta.lt is not None:
            limits.append(f"less than {_quantity(hint, meta.lt)}")
        if meta.min_length:
            limits.append("not empty" if meta.min_length == 1 else f"at least {meta.min_length} long")
        if meta.pattern is not None:
            limits.append(f"in the form {meta.pattern}")
    return limits


def _quantity(hint: Hint, value: float) -> str:
    if hint.unit == "seconds":
        return show_duration(value)
    return show_size(int(value)) if hint.unit == "bytes" else str(value)


def show(value: Any, hint: Hint) -> str:
    """The value as a person would write it, with every secret in it as stars."""
    if value is None:
        return "not set"
    if hint.secret:
        return REDACTED
    if isinstance(value, bool):
        return str(value).lower()
    match hint.kind:
        case "struct":
            parts = fields_of("", type(value))
            shown = ((part.attribute, show(getattr(value, part.attribute), part.hint)) for part in parts)
            return "{" + ", ".join(f"{name}={text}" for name, text in shown) + "}"
        case "list":
            return ", ".join(show(element, hint.element) for element in value) or "none"
        case "mapping":
            return ", ".join(f"{key}={show(element, hint.value)}" for key, element in value.items()) or "none"
        case _ if hint.unit:
            return _quantity(hint, value)
        case _:
            return redact_url(str(value))
