# SPDX-License-Identifier: Apache-2.0
"""Readers that type: what they read arrives as keys, as if somebody keyed it in very fast."""
