# SPDX-License-Identifier: Apache-2.0
"""The second face: the same services with text or JSON in and out, and documented exit codes."""
