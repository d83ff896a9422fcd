# SPDX-License-Identifier: Apache-2.0
"""What a post counts of its own work: the report of a shift, and how long its parts took."""
