# SPDX-License-Identifier: Apache-2.0
"""One traveller at one post: the table of an inspection, its checks and its service."""
