"""The effective settings as people see them: in the console, in `backstay doctor`, in docs/settings.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import NODEFAULT, Struct

from backstay.kernel.module import Module
from backstay.kernel.settings.fields import Field, expectation, fields_of, show
from backstay.kernel.settings.loading import sections_of
from backstay.kernel.settings.tree import SECTIONS, Settings


class SettingView(Struct, frozen=True, kw_only=True):
    """One setting, safe to show to anyone who may see the configuration."""

    name: str
    value: str
    """As a person would write it; secrets are stars."""
    source: str
    """`default`, `backstay.toml:12` or `environment NAME`."""
    description: str
    default: str
    variable: str
    """The environment variable that sets it."""
    expected: str
    """What a value must be."""


def describe(settings: Settings) -> list[SettingView]:
    """Every setting with its effective value, redacted, and where that came from."""
    names = [*SECTIONS, *settings.modules]
    return [
        SettingView(
            name=field.name,
            value=show(getattr(settings.section(section), field.attribute), field.hint),
            source=settings.source(field.name),
            description=field.hint.description,
            default=_default(field),
            variable=field.variable,
            expected=expectation(field.hint),
        )
        for section in names
        for field in fields_of(section, type(settings.section(section)))
    ]


def _default(field: Field) -> str:
    return "not set" if field.default is NODEFAULT or field.default == "" else show(field.default, field.hint)


_INTRODUCTION = """\
# Settings

Every setting has a default. `backstay.toml` in the working directory (or the file that
`BACKSTAY_CONFIG` names) overrides it, and the environment overrides that. A wrong value or an
unknown name stops the start, with every problem listed. `backstay doctor` shows what is in force,
where it came from, and what is missing or weak.

Durations are written `250ms`, `30s`, `5m`, `1h30m`; a bare number counts seconds. Sizes are written
`512KiB`, `10MB`; a bare number counts bytes. In the environment a list is separated by commas, names
with values are written `name=value,name=value`, and tables are JSON. An empty variable counts as not
set. Modules have sections of their own, named after them, with variables `BACKSTAY_<MODULE>_<FIELD>`.

*This page is generated: `python -m backstay.kernel.settings > docs/settings.md`.*
"""


def markdown(modules: Sequence[Module] = ()) -> str:
    """The reference of all settings, one table a section."""
    sections: Mapping[str, type[Struct]] = sections_of(modules)
    return "\n".join([_INTRODUCTION, *(_section_markdown(name, struct) for name, struct in sections.items())])


def _section_markdown(name: str, struct: type[Struct]) -> str:
    heading = (struct.__doc__ or "").strip().partition("\n")[0]
    lines = [
        f"## `[{name}]`",
        "",
        heading,
        "",
        "| setting | variable | default | must be | what it is for |",
        "|---|---|---|---|---|",
    ]
    for field in fields_of(name, struct):
        cells = (
            f"`{field.attribute}`",
            f"`{field.variable}`",
            _default(field),
            expectation(field.hint),
            field.hint.description,
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, ""])
