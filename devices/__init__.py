# SPDX-License-Identifier: Apache-2.0
"""Drivers that fill the station's device roles; they never know each other or the storage."""
