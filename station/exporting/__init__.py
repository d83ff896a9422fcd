# SPDX-License-Identifier: Apache-2.0
"""What may leave the station, in which shape."""
