# SPDX-License-Identifier: Apache-2.0
"""What the station asks of the outside world; drivers and storage implement it."""
