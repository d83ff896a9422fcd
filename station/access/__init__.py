# SPDX-License-Identifier: Apache-2.0
"""Who may do what: officers, sign-in, approvals and the audit trail."""
