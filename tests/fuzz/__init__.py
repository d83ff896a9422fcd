# SPDX-License-Identifier: Apache-2.0
"""Feeds the parsers of untrusted bytes with what nobody would send on purpose: ``./run fuzz``."""
