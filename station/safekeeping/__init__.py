# SPDX-License-Identifier: Apache-2.0
"""What outlives this computer and its people: backups, and recovery from paper."""
