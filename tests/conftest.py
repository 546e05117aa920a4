"""Two ways to run the properties: `quick`, the same examples each time; HYPOTHESIS_PROFILE=long looks further."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("quick", max_examples=100, derandomize=True, deadline=None, database=None)
settings.register_profile(
    "long",
    max_examples=10_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
