# SPDX-License-Identifier: Apache-2.0
"""What is fast, measured, with one command."""
