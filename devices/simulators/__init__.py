# SPDX-License-Identifier: Apache-2.0
"""Simulated devices that ship with the product, for training, demonstration and tests."""
