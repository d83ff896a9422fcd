# SPDX-License-Identifier: Apache-2.0
"""The technician's bench: devices one by one, tested, accepted and described, without any traveller."""
