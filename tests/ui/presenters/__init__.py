# SPDX-License-Identifier: Apache-2.0
"""Tests of presenters: no widget, no mock, no waiting."""
