# SPDX-License-Identifier: Apache-2.0
"""Whole journeys of a traveller, from document to sealed export."""
