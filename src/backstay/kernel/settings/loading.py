"""Making the tree: defaults, then the file, then the environment; every problem told at once."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, structs
from typing_extensions import override

from backstay.kernel.module import Module
from backstay.kernel.settings.fields import Field, fields_of
from backstay.kernel.settings.reading import Flawed, build, nearest, read, read_text
from backstay.kernel.settings.rules import breaches
from backstay.kernel.settings.sources import PREFIX, RESERVED, File, read_file
from backstay.kernel.settings.tree import SECTIONS, Settings

FILE_VARIABLE: Final = "BACKSTAY_CONFIG"
DEFAULT_FILE: Final = "backstay.toml"


class Problem(Struct, frozen=True):
    """One setting that cannot be used."""

    setting: str
    """`section.field`, deeper inside a list (`auth.principals[0].name`), or the name of a source."""
    source: str
    """Where it is written: `backstay.toml:12`, `environment NAME`, `default`."""
    words: str
    """What is wrong and what to do."""

    @override
    def __str__(self) -> str:
        where = "" if self.source == "default" else f" ({self.source})"
        return f"{self.setting}{where} {self.words}"


class SettingsError(Exception):
    """The settings cannot be used; names every problem and where it is written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        heading = "1 setting is wrong" if len(problems) == 1 else f"{len(problems)} settings are wrong"
        super().__init__("\n".join([f"{heading}:", *(f"  {problem}" for problem in problems)]))
        self.problems = tuple(problems)


class _Reading:
    """What was read so far."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self.fields = {field.name: field for field in fields}
        self.variables = {field.variable: field for field in self.fields.values()}
        self.values: dict[str, Any] = {name: field.default for name, field in self.fields.items()}
        self.provenance: dict[str, str] = {}
        self.problems: list[Problem] = []

    def from_file(self, file: File) -> None:
        """Take the values of the file."""
        sections = {field.section for field in self.fields.values()}
        for section, table in file.content.items():
            source = file.source((section,))
            if not isinstance(table, Mapping):
                homes = [name for name, field in self.fields.items() if field.attribute == section]
                words = f"belongs in a section{nearest(f'app.{section}', homes) if homes else ''}"
                self.problems.append(Problem(section, source, words))
            elif section not in sections:
                words = f"is an unknown section{nearest(section, sections)}"
                self.problems.append(Problem(f"[{section}]", source, words))
            else:
                for attribute, value in table.items():
                    self._from_table(file, section, attribute, value)

    def _from_table(self, file: File, section: str, attribute: str, value: Any) -> None:
        name = f"{section}.{attribute}"
        source = file.source((section, attribute))
        field = self.fields.get(name)
        if field is None:
            near = nearest(name, (known for known in self.fields if known.startswith(f"{section}.")))
            self.problems.append(Problem(name, source, f"is unknown{near or nearest(name, self.fields)}"))
            return
        try:
            self.values[name] = read(value, field.hint)
            self.provenance[name] = source
        except Flawed as flawed:
            for flaw in flawed.flaws:
                place = file.source((section, attribute, *flaw.path))
                self.problems.append(Problem(name + _inside(flaw.path), place, flaw.words))

    def from_environment(self, environ: Mapping[str, str]) -> None:
        """Take the values of the environment; an empty variable counts as not set."""
        for variable, text in sorted(environ.items()):
            source = f"environment {variable}"
            field = self.variables.get(variable)
            if field is None:
                if variable.startswith(PREFIX) and not variable.startswith(RESERVED):
                    self.problems.append(
                        Problem(variable, "environment", f"is unknown{self._near(variable)}")
                    )
                continue
            if not text:
                continue
            try:
                self.values[field.name] = read_text(text, field.hint)
                self.provenance[field.name] = source
            except Flawed as flawed:
                self.problems.extend(
                    Problem(field.name + _inside(flaw.path), source, flaw.words) for flaw in flawed.flaws
                )

    def _near(self, variable: str) -> str:
        for field in self.fields.values():
            if variable == f"{PREFIX}{field.section}_{field.attribute}".upper():
                return f"; it is called {field.variable}"
        return nearest(variable, self.variables)

    def section(self, name: str, struct: type[Struct]) -> Struct:
        """The section, from its values."""
        values = {
            field.attribute: self.values[field.name]
            for field in self.fields.values()
            if field.section == name
        }
        try:
            return build(struct, values)
        except Flawed as flawed:
            self.problems.extend(Problem(name, self._sources(name), flaw.words) for flaw in flawed.flaws)
            return struct()

    def _sources(self, section: str) -> str:
        sources = [source for name, source in self.provenance.items() if name.startswith(f"{section}.")]
        return ", ".join(sources) or "default"


def sections_of(modules: Sequence[Module]) -> dict[str, type[Struct]]:
    """Every section, the house's own first, then those of modules."""
    own = {module.name: module.settings for module in modules if module.settings is not None}
    return {**SECTIONS, **{name: section for name, section in own.items() if name not in SECTIONS}}


def load(
    modules: Sequence[Module] = (), environ: Mapping[str, str] | None = None, file: Path | None = None
) -> Settings:
    """Read the settings: defaults, then the file, then the environment.

    Args:
        modules: the composed modules, whose own sections are read too.
        environ: `os.environ` when not given.
        file: the TOML file; when not given, the one that `BACKSTAY_CONFIG` names, else
            `backstay.toml` if there is one.

    Raises:
        SettingsError: with every problem and its place.
    """
    environ = os.environ if environ is None else environ
    sections = sections_of(modules)
    reading = _Reading(field for name, struct in sections.items() for field in fields_of(name, struct))
    reading.problems.extend(
        Problem(
            f"[{module.name}]", f"module {module.name}", "is a section of the house's own; rename the module"
        )
        for module in modules
        if module.settings is not None and module.name in SECTIONS
    )
    opened = open_file(environ, file)
    if isinstance(opened, Problem):
        reading.problems.append(opened)
    elif opened is not None:
        reading.from_file(opened)
    reading.from_environment(environ)
    built = {name: reading.section(name, struct) for name, struct in sections.items()}
    settings = _settle(built, reading.provenance)
    at_fault = {problem.setting for problem in reading.problems}
    reading.problems.extend(
        Problem(name, settings.source(name), words)
        for name, words in breaches(settings)
        if not any(setting.startswith(name) for setting in at_fault)
    )
    if reading.problems:
        raise SettingsError(reading.problems)
    return settings


def open_file(environ: Mapping[str, str], file: Path | None) -> File | Problem | None:
    """The settings file, what is wrong with it, or None when there is none and none was named."""
    named = file or (Path(environ[FILE_VARIABLE]) if environ.get(FILE_VARIABLE) else None)
    path = named or Path(DEFAULT_FILE)
    try:
        return read_file(path)
    except FileNotFoundError:
        return Problem(str(path), "default", "does not exist") if named else None
    except (OSError, UnicodeDecodeError) as error:
        return Problem(str(path), "default", f"cannot be read: {error}")
    except tomllib.TOMLDecodeError as error:
        return Problem(str(path), "default", f"is not valid TOML: {error}")


def _settle(built: Mapping[str, Struct], provenance: Mapping[str, str]) -> Settings:
    """Fill in the defaults that follow from other settings."""
    own = {name: section for name, section in built.items() if name in SECTIONS}
    settings = Settings(
        **own,  # type: ignore[arg-type]  # SECTIONS names exactly these fields and their types
        modules={name: section for name, section in built.items() if name not in SECTIONS},
        provenance=dict(provenance),
    )
    database, telemetry = settings.database, settings.telemetry
    if not database.url:
        database = structs.replace(database, url=f"sqlite:///{settings.app.data_dir / 'backstay.db'}")
    if database.auto_migrate is None:
        development = settings.app.environment == "development"
        database = structs.replace(database, auto_migrate=development or database.url.startswith("sqlite"))
    if telemetry.log_format is None:
        production = settings.app.environment == "production"
        telemetry = structs.replace(telemetry, log_format="json" if production else "pretty")
    return structs.replace(settings, database=database, telemetry=telemetry)


def _inside(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
