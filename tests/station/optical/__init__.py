# SPDX-License-Identifier: Apache-2.0
"""Tests of pictures in and values out."""
