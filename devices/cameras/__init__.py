# SPDX-License-Identifier: Apache-2.0
"""Cameras and video files as document scanner and face camera."""
