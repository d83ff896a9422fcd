# SPDX-License-Identifier: Apache-2.0
"""Runs import-linter again and again in one process, with a violation planted each time.

A process of its own because the suite has the product's packages imported already, and import-linter would
judge those instead of the copy in the current directory. Reads plants from standard input, answers as JSON.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import sys
from pathlib import Path

from importlinter.cli import lint_imports


def broken_contracts(files: dict[str, str]) -> list[str]:
    """The names of the contracts that break while ``files`` (path to source) stand in the tree."""
    before = {path: path.read_text(encoding="utf-8") if path.exists() else None for path in map(Path, files)}
    made = {path.parent for path in before if not path.parent.exists()}
    for directory in made:
        directory.mkdir(parents=True)
        (directory / "__init__.py").touch()  # a room that is planned and not built yet
    for name, source in files.items():
        Path(name).write_text(source, encoding="utf-8")
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True)
    finally:
        for path, source_before in before.items():
            if source_before is None:
                path.unlink()
            else:
                path.write_text(source_before, encoding="utf-8")
        for directory in made:
            shutil.rmtree(directory)
    text = said.getvalue()
    if "Contracts: " not in text:
        raise RuntimeError(f"import-linter gave no verdict:\n{text}")
    return re.findall(r"^(.+) BROKEN(?: \(.*\))?$", text, re.MULTILINE)


def main() -> None:
    plants: dict[str, dict[str, str]] = json.load(sys.stdin)
    json.dump({name: broken_contracts(files) for name, files in plants.items()}, sys.stdout)


if __name__ == "__main__":
    main()
