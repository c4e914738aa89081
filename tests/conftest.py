"""What holds for all tests: how long an example of a property takes says nothing on a busy machine."""

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than cores: tests of real processes wait for most of their time."""
    return (os.cpu_count() or 1) + 1
