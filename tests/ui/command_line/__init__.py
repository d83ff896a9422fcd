# SPDX-License-Identifier: Apache-2.0
"""The second face: every command really runs, and what it tells machines is held against docs/cli."""
