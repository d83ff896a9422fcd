# SPDX-License-Identifier: Apache-2.0
"""The post's standing state: who answers for it, and whether its clock can be believed."""
