# SPDX-License-Identifier: Apache-2.0
"""What a border post does, without any window, database, driver or network."""
