# SPDX-License-Identifier: Apache-2.0
"""ICAO Doc 9303 without I/O: what a machine readable travel document says and whether it can be right."""
