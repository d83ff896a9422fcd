# SPDX-License-Identifier: Apache-2.0
"""The SBI driver: its protocol, its signatures, its words."""
