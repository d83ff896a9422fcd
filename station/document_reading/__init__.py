# SPDX-License-Identifier: Apache-2.0
"""Page, MRZ, chip and seal put together into one reading with its checks."""
