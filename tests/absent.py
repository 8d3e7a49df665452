"""What a test needs and the machine may lack."""

import os
from typing import NoReturn

import pytest


def absent(reason: str) -> NoReturn:
    """Skip the test, with the reason; in CI nothing is lacking, so that it fails."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
