# SPDX-License-Identifier: Apache-2.0
"""Tests of presenters, pages and the command line."""
