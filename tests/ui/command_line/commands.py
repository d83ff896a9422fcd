# SPDX-License-Identifier: Apache-2.0
"""Runs a command inside the test and holds what it says against its schema."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from jsonschema import Draft202012Validator

from ui.command_line.main import run

SCHEMAS = Path(__file__).parents[3] / "docs" / "cli"


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def answers(self) -> list[dict[str, object]]:
        """Every line of its JSON."""
        return [json.loads(line) for line in self.out.splitlines()]

    def answer(self, schema: str) -> dict[str, object]:
        """Its one object, which fits ``schema``."""
        (only,) = self.answers
        return fitting(only, schema)

    @property
    def error(self) -> dict[str, str]:
        """Kind, cause and next step of what could not be done."""
        assert self.code == 4, self
        return cast("dict[str, str]", self.answer("error")["error"])


def copied(store: Path, place: Path) -> Path:
    """A copy of a store with the notes that lie beside it: the store alone would be found to lack them."""
    shutil.copytree(store, place)
    shutil.copytree(store.with_name(f"{store.name}-anchors"), place.with_name(f"{place.name}-anchors"))
    return place


def fitting(answer: dict[str, object], schema: str) -> dict[str, object]:
    """The object, once it fits ``docs/cli/<schema>.schema.json``."""
    rules = json.loads((SCHEMAS / f"{schema}.schema.json").read_text())
    Draft202012Validator(rules).validate(answer)
    return answer


def command(*words: str | Path) -> Said:
    """Run ``hbm-station`` with these words, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = int(run([str(word) for word in words]))
        except SystemExit as ending:  # argparse ends by itself: usage and help
            code = int(ending.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


@dataclass(frozen=True, slots=True)
class Demo:
    """A finished demonstration, for commands that need a store or a bundle. Nobody may change it: copy it."""

    folder: Path
    said: Said

    @property
    def store(self) -> Path:
        """The training store."""
        return self.folder / "store"

    @property
    def bundle(self) -> Path:
        """The sealed export."""
        (bundle,) = (self.folder / "export").glob("*.tar.age")
        return bundle

    def password(self, name: str) -> str:
        """The throw-away password of one of its people."""
        people = json.loads((self.folder / "credentials.json").read_text())["people"]
        return next(str(person["password"]) for person in people if person["name"] == name)

    def signed_in(self, store: Path, tmp_path: Path, name: str = "supervisor.b") -> Sequence[str | Path]:
        """The words that open ``store`` as ``name``."""
        file = tmp_path / f"{name}.password"
        file.write_text(self.password(name) + "\n")
        return ("--store", store, "--user", name, "--password-file", file)
