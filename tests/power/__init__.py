# SPDX-License-Identifier: Apache-2.0
"""Cuts the power of a station at work, in a model of its disk, and fails its writes: ``./run test-power``."""
