# SPDX-License-Identifier: Apache-2.0
"""Catalogues of every sentence a person sees, one file per language."""
