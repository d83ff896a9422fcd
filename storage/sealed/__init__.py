# SPDX-License-Identifier: Apache-2.0
"""Sealed bundles: written for headquarters, verified by anyone, opened by the recipient."""
