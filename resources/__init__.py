# SPDX-License-Identifier: Apache-2.0
"""Files that ship with the product, read with importlib.resources so that they are found when frozen too."""
