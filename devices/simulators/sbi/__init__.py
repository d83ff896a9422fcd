# SPDX-License-Identifier: Apache-2.0
"""A fingerprint scanner that is not there: it speaks SBI over real HTTP, and shows every fault a post will meet."""
