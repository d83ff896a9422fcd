# SPDX-License-Identifier: Apache-2.0
"""Serial readers on pseudo-terminals, and their line protocols without any line."""
