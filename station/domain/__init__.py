# SPDX-License-Identifier: Apache-2.0
"""The words every room of the station shares."""
