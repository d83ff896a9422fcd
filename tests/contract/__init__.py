# SPDX-License-Identifier: Apache-2.0
"""One behaviour suite per port, run against everything that fills it."""
