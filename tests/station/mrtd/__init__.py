# SPDX-License-Identifier: Apache-2.0
"""Tests of the room that knows ICAO Doc 9303."""
