# SPDX-License-Identifier: Apache-2.0
"""Sealed backups on a second medium, and how they are brought back."""
