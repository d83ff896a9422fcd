# SPDX-License-Identifier: Apache-2.0
"""Tests; the folders mirror the source, the sentences are the names."""
