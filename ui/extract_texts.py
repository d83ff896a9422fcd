# SPDX-License-Identifier: Apache-2.0
"""Collects every sentence of the product for translators: ``python -m ui.extract_texts``.

Writes ``messages.pot`` and brings each ``.po`` up to date, keeping what is translated. Places are named by file
only, so that moving a line changes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from ui.translation import TRANSLATED

KEYWORDS = {"say": None, "say_count": (1, 2)}
ROOT = Path(__file__).parents[1]
ROOMS = ("station", "devices", "storage", "ui")
TRANSLATIONS = ROOT / "resources" / "translations"

_LICENCE = "# SPDX-License-Identifier: Apache-2.0\n"
_DRAFT = (
    "# DRAFT. Made without a native speaker of the border service's language;\n"
    "# to be read and corrected by one before it is used at a post.\n"
)


def messages() -> Catalog:
    """Every sentence the product can say, with the files that say it."""
    catalogue = Catalog()
    for path in _sources():
        place = path.relative_to(ROOT).as_posix()
        for _line, message, _comments, _context in extract_from_file("python", path, KEYWORDS):
            catalogue.add(message, locations=[(place, 0)])
    return catalogue


def template() -> bytes:
    """The text of ``messages.pot``."""
    return _LICENCE.encode() + _header(None) + _body(messages())


def updated(language: str, before: bytes) -> bytes:
    """The text of a ``.po`` brought up to date from ``before``; translations of sentences still said are kept."""
    catalogue = read_po(BytesIO(before), locale=language)
    catalogue.update(messages(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return (_LICENCE + _DRAFT).encode() + _header(catalogue) + _body(catalogue)


def main() -> int:
    """Write all files. Returns 0."""
    TRANSLATIONS.joinpath("messages.pot").write_bytes(template())
    for language in TRANSLATED:
        path = TRANSLATIONS / f"{language}.po"
        before = path.read_bytes() if path.exists() else b""
        path.write_bytes(updated(language, before))
        catalogue = read_po(BytesIO(path.read_bytes()), locale=language)
        missing = len([message for message in catalogue if message.id and not _is_translated(message.string)])
        sys.stdout.write(f"{language}: {len(catalogue)} sentences, {missing} not translated\n")
    return 0


def _is_translated(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(string) and all(string or ())


def _sources() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def _header(catalogue: Catalog | None) -> bytes:
    """A header without dates, so that two runs over the same sources write the same bytes."""
    lines = ["Project-Id-Version: hbm-station"]
    if catalogue is not None:
        lines += [f"Language: {catalogue.locale_identifier}"]
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    if catalogue is not None:
        lines += [f"Plural-Forms: {catalogue.plural_forms}"]
    return ('msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in lines) + "\n").encode()


def _body(catalogue: Catalog) -> bytes:
    out = BytesIO()
    write_po(out, catalogue, width=110, omit_header=True, sort_output=True, include_lineno=False)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
