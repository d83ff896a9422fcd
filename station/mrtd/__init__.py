# SPDX-License-Identifier: Apache-2.0
"""ICAO Doc 9303 without I/O: what is printed and stored in a machine readable travel document."""
