# SPDX-License-Identifier: BSD-3-Clause
"""Grammar of a family to come."""

ROWS = ()
