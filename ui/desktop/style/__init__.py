# SPDX-License-Identifier: Apache-2.0
"""The look of the station, from one file of design tokens."""
