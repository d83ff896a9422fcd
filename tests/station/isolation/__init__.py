# SPDX-License-Identifier: Apache-2.0
"""Tests of helper processes: limits, stops and deaths."""
