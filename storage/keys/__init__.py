# SPDX-License-Identifier: Apache-2.0
"""Who can open a store: the random database key, wrapped once per person."""
