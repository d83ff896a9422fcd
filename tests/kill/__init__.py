# SPDX-License-Identifier: Apache-2.0
"""Kills a working station again and again and looks for what was lost: ``./run test-kill``."""
