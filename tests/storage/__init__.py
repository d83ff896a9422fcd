# SPDX-License-Identifier: Apache-2.0
"""Tests of stores, keys and sealed bundles on real files."""
