# SPDX-License-Identifier: Apache-2.0
"""What was copied out of a field would outlive the person's pages on the clipboard and in the selection of X11."""

from __future__ import annotations

from PySide6.QtGui import QClipboard, QGuiApplication

#: Platforms of Qt whose clipboard no other program sees; they cannot say who owns it.
_OF_ITS_OWN = frozenset({"offscreen", "minimal"})


def forget_copies() -> None:
    """Empty clipboard and selection where they are ours; another program's copies stay."""
    clipboard = QGuiApplication.clipboard()
    alone = QGuiApplication.platformName() in _OF_ITS_OWN
    if alone or clipboard.ownsClipboard():
        clipboard.clear(QClipboard.Mode.Clipboard)
    if clipboard.supportsSelection() and (alone or clipboard.ownsSelection()):
        clipboard.clear(QClipboard.Mode.Selection)
    if clipboard.supportsFindBuffer() and (alone or clipboard.ownsFindBuffer()):
        clipboard.clear(QClipboard.Mode.FindBuffer)
