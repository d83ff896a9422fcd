# SPDX-License-Identifier: Apache-2.0
"""Images in, values out: the data page, its MRZ and its barcodes."""
