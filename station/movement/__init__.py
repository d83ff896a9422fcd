# SPDX-License-Identifier: Apache-2.0
"""Crossings over time: who is inside, how long a stay may last, groups and flows."""
