# SPDX-License-Identifier: Apache-2.0
"""The bench's own rules."""
