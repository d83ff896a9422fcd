# SPDX-License-Identifier: Apache-2.0
"""What stands around every page: the top line, the rail, the device bar, and the sheets that open over a page."""
