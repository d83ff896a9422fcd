# SPDX-License-Identifier: Apache-2.0
"""Real drivers against virtual hardware that has to be started first: ./run test-hardware-virtual."""
