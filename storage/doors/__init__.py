# SPDX-License-Identifier: Apache-2.0
"""What stands behind the doors of a station's stores: founding, proving, opening, managing, re-keying, wiping."""
