"""What the rules look at: the repository's own files, parsed once, and where each stands in the house."""

from __future__ import annotations

import ast
import io
import subprocess
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

RINGS: Final = ("kernel", "systems", "products", "proving")
LOOKED_AT: Final = ("src", "tests", "tools", "scripts", "bench", "console/src")
SUFFIXES: Final = (".py", ".ts", ".tsx", ".css", ".sh", ".toml", "")


class Finding(NamedTuple):
    """One place where a rule is broken."""

    path: str
    line: int
    message: str
    """What is wrong and what to do, in one sentence."""


class Import(NamedTuple):
    """One `import a.b` or `from a.b import c, d`."""

    line: int
    module: str
    names: tuple[str, ...]

    @property
    def targets(self) -> tuple[str, ...]:
        """Every dotted name that this may bring in."""
        return tuple(f"{self.module}.{name}" for name in self.names) or (self.module,)


@dataclass(frozen=True)
class Source:
    """One text file."""

    path: str
    """Relative to the root, with slashes."""
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text, self.path)

    @property
    def is_python(self) -> bool:
        """Whether this is Python."""
        return self.path.endswith(".py")

    @cached_property
    def dotted(self) -> str:
        """Its name as a module: `backstay.systems.notes.queries`; a package's for its `__init__.py`."""
        parts = PurePosixPath(self.path.removeprefix("src/")).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def comments(self) -> tuple[tuple[int, str], ...]:
        """Each comment with its line."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return tuple((token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT)

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Every import, wherever it stands: one for type checkers only is a dependency too."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found += [Import(node.lineno, alias.name, ()) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = tuple(alias.name for alias in node.names)
                found.append(Import(node.lineno, self._absolute(node), names))
        return tuple(found)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.dotted if self.path.endswith("__init__.py") else self.dotted.rpartition(".")[0]
        for _ in range(node.level - 1):
            package = package.rpartition(".")[0]
        return f"{package}.{node.module}" if node.module else package


class Tree:
    """All files that the rules look at."""

    def __init__(self, files: Mapping[str, str]) -> None:
        """`files`: path relative to the root -> text."""
        self.sources = tuple(Source(path, text) for path, text in sorted(files.items()))

    @classmethod
    def of_repository(cls, root: Path) -> Tree:
        """Every file under the looked-at folders that git tracks or would track."""
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *LOOKED_AT]
        listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
        paths = [path for path in listed.split("\0") if path and PurePosixPath(path).suffix in SUFFIXES]
        return cls({path: (root / path).read_text() for path in paths if (root / path).is_file()})

    @property
    def package(self) -> Iterator[Source]:
        """The Python files of `src/backstay`."""
        return (
            source for source in self.sources if source.is_python and source.path.startswith("src/backstay/")
        )

    @cached_property
    def modules(self) -> frozenset[str]:
        """The dotted names of the systems and products: packages that hold a `module.py`."""
        return frozenset(
            source.dotted.removesuffix(".module")
            for source in self.package
            if source.path.endswith("/module.py") and ring_of(source.dotted) in {"systems", "products"}
        )

    @cached_property
    def children(self) -> dict[str, set[str]]:
        """The names of the files and folders directly inside each package."""
        found: dict[str, set[str]] = {}
        for source in self.package:
            package, _, name = source.dotted.rpartition(".")
            while package:
                found.setdefault(package, set()).add(name)
                package, _, name = package.rpartition(".")
        return found

    def exports(self, package: str) -> set[str]:
        """The names that a package's `__init__.py` imports, and so offers."""
        face = next((source for source in self.package if source.dotted == package), None)
        return {name for found in face.imports for name in found.names} if face else set()

    def module_of(self, dotted: str) -> str | None:
        """The system or product that this name lies in, if any."""
        parts = dotted.split(".")
        return next((name for end in (3, 4) if (name := ".".join(parts[:end])) in self.modules), None)

    def inside(self, dotted: str) -> str:
        """Which file of its module a name is in: `queries` for `backstay.systems.notes.queries.GET`."""
        module = self.module_of(dotted)
        return dotted.removeprefix(module or "").strip(".").partition(".")[0]


Rule = Callable[[Tree], Iterator[Finding]]


def ring_of(dotted: str) -> str | None:
    """The ring of a name; `app` for what stands above them all, None outside the package."""
    parts = dotted.split(".")
    if parts[0] != "backstay":
        return None
    return parts[1] if len(parts) > 1 and parts[1] in RINGS else "app"
