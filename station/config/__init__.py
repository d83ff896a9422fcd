# SPDX-License-Identifier: Apache-2.0
"""Settings, typed and read once; a bad setting names the file, the line and the cure."""
