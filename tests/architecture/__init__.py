# SPDX-License-Identifier: Apache-2.0
"""The walls and house rules, each proved by planting a violation."""
