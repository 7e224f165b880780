"""Code under test that notes by itself which of its lines and branches ran.

A tracer is called for every instruction of the process, whosever it is: on Python 3.11 that takes a third more
CPU, however little of the code is looked at. Here each statement of our own package notes instead that
it was reached, which is one store into a list, and all other code runs as it is.

What was noted is told as coverage.py's arcs: from -1 to each line that ran, and from each line that branches
to where it went. coverage.py merges and judges it with what it followed in other processes.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

Arc = tuple[int, int]
"""From a line to the next; a negative one is where a function, class or module begins, as its end."""

_NOTES: Final = "__notes__"
"""What a planted module calls the list in which it notes."""
_START: Final = -1
"""From where an arc comes that only says that a line ran."""
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Loop = ast.For | ast.AsyncFor | ast.While


class Planted(NamedTuple):
    """A module's notes: where one is not 0, the arcs at the same place ran."""

    path: str
    arcs: Sequence[Sequence[Arc]]
    notes: list[int]


class Planter:
    """Plants a file's probes; `arcs` is what each of them tells."""

    def __init__(self, source: str | bytes) -> None:
        self.arcs: list[Sequence[Arc]] = []
        self.tree = ast.parse(source)
        self._lines: Sequence[int] = ()
        self._scope(self.tree, 1)

    def _scope(self, node: ast.Module | _Scope, first: int) -> None:
        """Plant a body that has a start and an end of its own."""
        outer, self._lines = self._lines, (-first, *map(_first_line, _statements(node.body)))
        self._block(node, "body")
        self._lines = outer

    def _block(self, node: ast.AST, field: str, *arcs: Arc) -> None:
        """Plant a list of statements, which tells these arcs when it begins."""
        body: list[ast.stmt] = getattr(node, field)
        planted: list[ast.stmt] = []
        due = list(arcs)
        for place, statement in enumerate(body):
            due += [(_START, line) for line in _own_lines(statement)]
            if not _comes_first(statement, place):
                planted.append(self._probe(statement, due))
                due = []
            planted.append(statement)
            self._inside(statement)
        setattr(node, field, planted)

    def _probe(self, where: ast.AST, arcs: Sequence[Arc]) -> ast.stmt:
        name = ast.Name(_NOTES, ast.Load())
        number, noted = ast.Constant(len(self.arcs)), ast.Constant(1)
        place = ast.Subscript(name, number, ast.Store())
        probe = ast.Assign([place], noted)
        for node in (name, number, noted, place, probe):
            ast.copy_location(node, where)
        self.arcs.append(arcs)
        return probe

    def _asked(self, arc: Arc, kind: ast.expr) -> ast.expr:
        """What an `except` catches, which notes that it was asked for: perhaps it catches something else."""
        asked = ast.parse(f"({_NOTES}.__setitem__({len(self.arcs)}, 1), ...)[1]", mode="eval").body
        for node in ast.walk(asked):
            ast.copy_location(node, kind)
        assert isinstance(asked, ast.Subscript)
        assert isinstance(asked.value, ast.Tuple)
        asked.value.elts[1] = kind
        self.arcs.append([arc])
        return asked

    def _inside(self, statement: ast.stmt) -> None:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._scope(statement, _first_line(statement))
            case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
                self._branch(statement)
            case ast.Match():
                self._match(statement)
            case ast.Try() | ast.TryStar():
                self._try(statement)
            case ast.With() | ast.AsyncWith():
                self._block(statement, "body")
            case _:
                pass

    def _branch(self, statement: ast.If | _Loop) -> None:
        line, elsewhere = statement.lineno, self._elsewhere(statement.lineno, statement.body)
        self._block(statement, "body", (line, _first_line(statement.body[0])))
        self._block(statement, "orelse")
        statement.orelse.insert(0, self._probe(statement, elsewhere))

    def _elsewhere(self, line: int, body: Sequence[ast.stmt]) -> Sequence[Arc]:
        """From this line to all in its function but this body.

        It goes to one of them, which therefore runs; coverage.py knows to which it can, and forgets the others.
        """
        within = range(_first_line(body[0]), (body[-1].end_lineno or 0) + 1)
        return [(line, other) for other in self._lines if other not in within]

    def _match(self, statement: ast.Match) -> None:
        way: list[Arc] = []
        reached = statement.lineno
        for case in statement.cases:
            way += [(reached, case.pattern.lineno), (_START, case.pattern.lineno)]
            reached = case.pattern.lineno
            self._block(case, "body", *way, (reached, _first_line(case.body[0])))
        if not _takes_all(statement.cases[-1]):
            way += self._elsewhere(reached, statement.cases[-1].body)
            unmatched = self._probe(statement, way)
            statement.cases.append(
                ast.match_case(ast.copy_location(ast.MatchAs(), statement), None, [unmatched])
            )

    def _try(self, statement: ast.Try | ast.TryStar) -> None:
        self._block(statement, "body")
        for handler in statement.handlers:
            if handler.type is not None:
                handler.type = self._asked((_START, handler.lineno), handler.type)
            self._block(handler, "body", (_START, handler.lineno))
        self._block(statement, "orelse")
        self._block(statement, "finalbody")


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """All of a function's, class's or module's own statements, without those of what it defines."""
    for statement in body:
        yield statement
        if isinstance(statement, _Scope):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, field, ()))
        for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from _statements(part.body)


def _own_lines(statement: ast.stmt) -> Iterator[int]:
    yield statement.lineno
    if isinstance(statement, _Scope):
        yield from (decorator.lineno for decorator in statement.decorator_list)


def _first_line(statement: ast.stmt) -> int:
    return min(_own_lines(statement))


def _comes_first(statement: ast.stmt, place: int) -> bool:
    """Whether nothing may stand before it: a docstring, or what changes the language of the file."""
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "__future__"
    text = statement.value if isinstance(statement, ast.Expr) and place == 0 else None
    return isinstance(text, ast.Constant) and isinstance(text.value, str)


def _takes_all(case: ast.match_case) -> bool:
    pattern = case.pattern
    while isinstance(pattern, ast.MatchOr):
        pattern = pattern.patterns[-1]
    return case.guard is None and isinstance(pattern, ast.MatchAs) and pattern.pattern is None


class Garden:
    """Everything planted in this process."""

    def __init__(self, folder: Path) -> None:
        self._prefix = f"{folder}/"
        self._planted: list[Planted] = []

    def fence(self) -> Callable[[], None]:
        """Plant each file below the folder when it is imported from now on, until what this returns is called."""
        plain = SourceFileLoader.exec_module

        def exec_module(loader: SourceFileLoader, module: ModuleType) -> None:
            if loader.path.startswith(self._prefix):
                self._run(loader.path, module)
            else:
                plain(loader, module)

        def open_again() -> None:
            SourceFileLoader.exec_module = plain  # type: ignore[method-assign]  # as it was
            sys.meta_path.remove(_Unrewritten)

        sys.meta_path.insert(0, _Unrewritten)
        SourceFileLoader.exec_module = exec_module  # type: ignore[assignment, method-assign]  # whoever makes it
        return open_again

    def _run(self, path: str, module: ModuleType) -> None:
        planter = Planter(Path(path).read_bytes())
        planted = Planted(path, planter.arcs, [0] * len(planter.arcs))
        self._planted.append(planted)
        setattr(module, _NOTES, planted.notes)
        exec(compile(planter.tree, path, "exec", dont_inherit=True), module.__dict__)

    def arcs(self) -> dict[str, set[Arc]]:
        """What ran of each file."""
        noted: dict[str, set[Arc]] = {}
        for path, arcs, notes in self._planted:
            told = (arc for each, note in zip(arcs, notes, strict=True) if note for arc in each)
            noted.setdefault(path, set()).update(told)
        return {path: _without_guesses(arcs) for path, arcs in noted.items()}


def _without_guesses(arcs: set[Arc]) -> set[Arc]:
    """Leave out what leads to a line that never ran: see `Planter._elsewhere`."""
    lines = {line for start, line in arcs if start == _START}
    return {arc for arc in arcs if arc[1] < 0 or arc[1] in lines}


class _Unrewritten:
    """Finds the package's own plugin for pytest, which pytest itself would read for its asserts."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return PathFinder.find_spec(name, path, target) if name.startswith("backstay.testing") else None
