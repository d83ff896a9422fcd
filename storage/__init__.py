# SPDX-License-Identifier: Apache-2.0
"""Stores and sealed bundles behind the station's ports; never knows the devices."""
