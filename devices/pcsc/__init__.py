# SPDX-License-Identifier: Apache-2.0
"""Chip readers through PC/SC, in helper processes because a mute chip blocks the library without limit."""
