# SPDX-License-Identifier: Apache-2.0
"""The faces of the station, desktop and command line, and the one place that composes it."""
