# SPDX-License-Identifier: Apache-2.0
"""A shared scanner that drops its images into a folder."""
