# SPDX-License-Identifier: Apache-2.0
"""Nothing opens what somebody else made but the intake; whoever opens a file of the house says why."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from tests.architecture.house_rules import SourceFile
from tests.architecture.opened_files import ALLOWED, opens_nothing_itself

REPOSITORY = Path(__file__).parents[2]
FOLDERS = ("station", "devices", "storage", "ui", "resources")


def sources() -> dict[str, SourceFile]:
    paths = (path for folder in FOLDERS for path in sorted((REPOSITORY / folder).rglob("*.py")))
    return {
        str(short): SourceFile(PurePosixPath(short), path.read_text(encoding="utf-8"))
        for path in paths
        if (short := path.relative_to(REPOSITORY).as_posix())
    }


def test_only_the_intake_opens_what_comes_from_outside() -> None:
    breaches = [
        f"{name}:{line}: {sentence}"
        for name, file in sources().items()
        if name not in ALLOWED
        for line, sentence in opens_nothing_itself(file)
    ]
    assert not breaches, "\n".join(breaches)


def test_no_reason_outlives_what_it_excused() -> None:
    known = sources()
    unused = [name for name in ALLOWED if name not in known or not list(opens_nothing_itself(known[name]))]
    assert not unused, unused
    assert all(len(reason) > 10 for reason in ALLOWED.values())


@pytest.mark.parametrize(
    "line",
    [
        "open(name)",
        "open(name, 'rb')",
        "os.open(name, os.O_RDONLY)",
        "path.open('rb')",
        "path.open(mode='r+b')",
        "io.open(name, 'rb')",
        "path.read_bytes()",
        "Path(name).read_text(encoding='utf-8')",
        "folder.iterdir()",
        "folder.glob('*.tar')",
        "os.scandir(folder)",
        "os.walk(folder)",
        "cv2.imread(name)",
        "Image.open(name)",
        "tarfile.open(name)",
        "np.fromfile(name)",
    ],
)
def test_an_open_is_found_however_it_is_written(line: str) -> None:
    assert list(opens_nothing_itself(SourceFile(PurePosixPath("ui/sample.py"), f"{line}\n")))


def test_a_file_opened_without_a_mode_is_found() -> None:
    text = "with path.open() as file:\n    pass\n"
    assert list(opens_nothing_itself(SourceFile(PurePosixPath("ui/sample.py"), text)))


@pytest.mark.parametrize(
    "line",
    [
        "registry.open(CHIP_READER)",
        "self.key_sheet.open()",
        "open_regular(path)",
        "read_regular(path, most_bytes=7)",
        "Image.open(io.BytesIO(data))",
        "tarfile.open(fileobj=out, mode='w')",
        "ast.walk(tree)",
    ],
)
def test_what_opens_no_file_by_its_name_is_let_be(line: str) -> None:
    assert not list(opens_nothing_itself(SourceFile(PurePosixPath("ui/sample.py"), f"{line}\n")))
