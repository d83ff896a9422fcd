# SPDX-License-Identifier: Apache-2.0
"""The officer's window: the only place that imports Qt."""
