# SPDX-License-Identifier: Apache-2.0
"""Tests of what is particular to one driver."""
