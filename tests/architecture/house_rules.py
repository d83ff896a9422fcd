# SPDX-License-Identifier: Apache-2.0
"""The habits of this house that no linter knows, one function each; each breach says what to do instead.

A rule takes a source file and yields (line, sentence). test_house_rules.py runs ``RULES`` over the
tree and proves each rule on a sample that breaks it.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

Breach = tuple[int, str]

# In product code only: a test may keep its helpers together.
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "manager", "misc"}
SQL_ROOM = PurePosixPath("storage/sqlcipher")
LONGEST_FILE = 400
# Where a fault of any kind changes hands, and why a narrower catch would lose one.
BOUNDARIES = {
    "station/isolation/serving.py": "the end of a helper process, whose last word holds no personal data",
    "ui/command_line/main.py": "the command line's excepthook: it has an exit code to give, which Python's own has not",
    "tests/virtual_hardware/virtual_card.py": "a card's thread: the test that owns the card gets the fault",
    "devices/worker.py": "a job on a device's thread: the fault is raised again where the work was asked for",
    "devices/watching.py": "a search for devices: the fault is logged by type and place, and the search begins again",
}

_SQL = re.compile(
    r"\b(SELECT\s.+?\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|PRAGMA\s+\w+|VACUUM|"
    r"(CREATE|DROP|ALTER)\s+(UNIQUE\s+|VIRTUAL\s+|TEMP\s+)?(TABLE|INDEX|TRIGGER|VIEW)|BEGIN\s+IMMEDIATE)\b"
    r"|(?i:\b(insert\s+into\s+\w+\s*\(|create\s+table\s+\w+\s*\(|select\s+\*\s+from|pragma\s+\w+\s*=))",
    re.DOTALL,
)
_SILENCED = re.compile(r"#\s*(type:\s*ignore|noqa)(\[[^\]]*\]|:\s*[A-Z]+[0-9]+(\s*,\s*[A-Z]+[0-9]+)*)?(?P<reason>.*)")
_MACHINE = re.compile(r"(?<![\w./-])/(work|root|tmp)/\w")


@dataclass(frozen=True, slots=False)
class SourceFile:
    """One Python file of the repository; ``path`` is relative to the root."""

    path: PurePosixPath
    text: str = field(repr=False)

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @cached_property
    def comments(self) -> list[tuple[int, str]]:
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]

    @cached_property
    def docstrings(self) -> set[ast.Constant]:
        """The constants that are docstrings: of the module, a class, a function, or an attribute."""
        found: set[ast.Constant] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                found.add(node.value)
        return found

    @cached_property
    def strings(self) -> list[ast.Constant]:
        """Every string that is not a docstring, the parts of f-strings included."""
        return [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in self.docstrings
        ]

    @property
    def is_product(self) -> bool:
        return self.path.parts[0] not in {"tests", "benchmarks", "training"}


def names_its_licence(file: SourceFile) -> Iterator[Breach]:
    first = file.text.split("\n", 1)[0]
    if first != "# SPDX-License-Identifier: Apache-2.0":
        yield 1, "Put '# SPDX-License-Identifier: Apache-2.0' on the first line."


def says_why_it_exists(file: SourceFile) -> Iterator[Breach]:
    docstring = ast.get_docstring(file.tree)
    if not docstring:
        yield 1, "Start the module with a docstring of one to five lines that says why it exists."


def keeps_package_files_empty(file: SourceFile) -> Iterator[Breach]:
    if file.path.name == "__init__.py" and len(file.tree.body) > 1:
        yield (
            file.tree.body[1].lineno,
            "Keep only the docstring here; put code in a module that names its job.",
        )


def names_its_job(file: SourceFile) -> Iterator[Breach]:
    words = {word for part in file.path.with_suffix("").parts for word in part.split("_")}
    if file.is_product and words & EMPTY_NAMES:
        yield 1, "Name the file after its one job; this name would fit any file."


def fits_in_one_mind(file: SourceFile) -> Iterator[Breach]:
    lines = file.text.count("\n")
    if file.is_product and lines > LONGEST_FILE:
        yield lines, f"Cut this file in two where it is two things; {LONGEST_FILE} lines is the limit."


def keeps_sql_in_its_room(file: SourceFile) -> Iterator[Breach]:
    if not file.is_product or SQL_ROOM in file.path.parents:
        return
    for node in file.strings:
        if _SQL.search(str(node.value)):
            yield node.lineno, "Ask a repository of storage/sqlcipher; SQL stands nowhere else."


def catches_what_it_means(file: SourceFile) -> Iterator[Breach]:
    """A broad except may tidy up if it lets the fault go on: its last statement is a bare ``raise``."""
    sentence = "Name the faults that can happen here; every other one is a bug and belongs to the excepthook."
    if str(file.path) in BOUNDARIES:
        return
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ExceptHandler):
            last = node.body[-1]
            if isinstance(last, ast.Raise) and last.exc is None:
                continue
            caught = node.type
        elif isinstance(node, ast.Call) and _called_name(node) == "suppress" and node.args:
            caught = ast.Tuple(elts=node.args, ctx=ast.Load())
        else:
            continue
        parts = caught.elts if isinstance(caught, ast.Tuple) else [caught]
        for part in parts:
            if part is None or (isinstance(part, ast.Name) and part.id in {"Exception", "BaseException"}):
                yield node.lineno, sentence


def silences_with_a_reason(file: SourceFile) -> Iterator[Breach]:
    for line, comment in file.comments:
        silenced = _SILENCED.search(comment)
        if silenced and len(silenced["reason"].strip(" #-:.")) < len("because"):
            yield line, "Mend what the checker found, or write the reason beside the code that silences it."


def is_finished(file: SourceFile) -> Iterator[Breach]:
    for line, comment in file.comments:
        if re.search(r"\b(TODO|FIXME)\b", comment):
            yield line, "Finish it, or open an issue; a note in the source is forgotten."


def calls_people_by_their_role(file: SourceFile) -> Iterator[Breach]:
    sentence = "Say officer, supervisor, technician or auditor; this word means everybody and nobody."
    word = re.compile(r"\boperators?\b", re.IGNORECASE)
    spoken = [(node.lineno, str(node.value)) for node in (*file.strings, *file.docstrings) if node.value]
    for line, text in (*spoken, *file.comments):
        if word.search(text):
            yield line, sentence


def spells_out_chip_authentication(file: SourceFile) -> Iterator[Breach]:
    sentence = "Spell it out: chip_auth, or certification_authority; 'ca' means both."
    for line, name in _identifiers(file.tree):
        if "ca" in name.lower().split("_"):
            yield line, sentence


def says_literals_to_people(file: SourceFile) -> Iterator[Breach]:
    sentence = "Give say() a plain English literal with {named} places, and the values as keywords."
    for node in ast.walk(file.tree):
        # A widget may have a method of that name; the function is always called by its bare name.
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id not in {"say", "say_count"}:
            continue
        sources = node.args[:2] if node.func.id == "say_count" else node.args[:1]
        for source in sources:
            if not (isinstance(source, ast.Constant) and isinstance(source.value, str)):
                yield node.lineno, sentence


def names_no_machine(file: SourceFile) -> Iterator[Breach]:
    for node in file.strings:
        if file.is_product and _MACHINE.search(str(node.value)):
            yield (
                node.lineno,
                "Take the path from settings or a temporary folder; this one is of one machine.",
            )


def _called_name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _identifiers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every name that this file gives or uses, with its line; names of imported modules are not its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name


RULES: tuple[Callable[[SourceFile], Iterator[Breach]], ...] = (
    names_its_licence,
    says_why_it_exists,
    keeps_package_files_empty,
    names_its_job,
    fits_in_one_mind,
    keeps_sql_in_its_room,
    catches_what_it_means,
    silences_with_a_reason,
    is_finished,
    calls_people_by_their_role,
    spells_out_chip_authentication,
    says_literals_to_people,
    names_no_machine,
)
