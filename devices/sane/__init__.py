# SPDX-License-Identifier: Apache-2.0
"""Page scanners through SANE, in a helper process because the library can crash or hang."""
