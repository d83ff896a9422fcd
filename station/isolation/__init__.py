# SPDX-License-Identifier: Apache-2.0
"""How to start a helper process with limits on memory, time and network."""
