# SPDX-License-Identifier: Apache-2.0
"""Notices and sheets on paper, or in a file where no printer is attached."""
