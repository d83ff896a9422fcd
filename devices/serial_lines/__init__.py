# SPDX-License-Identifier: Apache-2.0
"""Readers on a serial line: swipe readers for the MRZ, and barcode scanners."""
