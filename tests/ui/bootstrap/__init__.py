# SPDX-License-Identifier: Apache-2.0
"""Tests of how the parts are put together."""
