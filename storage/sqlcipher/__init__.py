# SPDX-License-Identifier: Apache-2.0
"""The encrypted database: the only place with SQL, and one module that opens it."""
