# SPDX-License-Identifier: Apache-2.0
"""Fingerprint scanners of any vendor that speak the Secure Biometric Interface (SBI) of MOSIP over loopback HTTP.

Stands on the published texts "Secure Biometric Interface" 0.9.5 and 1.0 and on the behaviour of MOSIP's own mock
device service. Where the two differ (hash chain, names of the error fields) both readings are taken.
"""
