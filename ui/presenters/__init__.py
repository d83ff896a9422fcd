# SPDX-License-Identifier: Apache-2.0
"""What a page shows and does, as values and service calls, without Qt."""
