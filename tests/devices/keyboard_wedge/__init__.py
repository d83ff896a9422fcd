# SPDX-License-Identifier: Apache-2.0
"""Readers that type, without a keyboard."""
