# SPDX-License-Identifier: Apache-2.0
"""Specimen travellers of Utopia, drawn from a seed: as many as training and tests want, and nobody real among them."""
