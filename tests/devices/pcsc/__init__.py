# SPDX-License-Identifier: Apache-2.0
"""Tests of the PC/SC driver that need no service."""
