"""Assertions in the modules that tests share tell as much as those in tests."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("contract", "fakes", "passes")
