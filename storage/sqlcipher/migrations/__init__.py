# SPDX-License-Identifier: Apache-2.0
"""The database's shape, one numbered step at a time."""
