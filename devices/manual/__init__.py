# SPDX-License-Identifier: Apache-2.0
"""The officer is a device too: an MRZ keyed by hand fills the MRZ reader's role."""
