# SPDX-License-Identifier: Apache-2.0
"""Planted names, numbers, passwords and keys, and the search for them where nothing of them may be left."""
