# SPDX-License-Identifier: Apache-2.0
"""Whole journeys through the real window while devices fail: what the officer saw, what was saved, how it stalled."""
