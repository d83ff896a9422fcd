# SPDX-License-Identifier: Apache-2.0
"""What lies beside a store so that an old copy of it is noticed: signed checkpoints, and marks between them."""
