# SPDX-License-Identifier: Apache-2.0
"""Qt's side of running: tasks off the window's thread, translation, settings of the screen."""
