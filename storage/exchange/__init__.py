# SPDX-License-Identifier: Apache-2.0
"""Where a bundle travels: a stick, or a message server of the post."""
