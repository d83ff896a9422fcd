# SPDX-License-Identifier: Apache-2.0
"""One passive widget per page; each renders a presenter's state and reports what the officer did."""
