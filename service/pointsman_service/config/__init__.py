"""The configuration: `load` and `parse` give `Settings`, or one line that says what is wrong and where."""

from pointsman_service.config.loading import ENVIRONMENT_PREFIX, load, parse
from pointsman_service.config.sections import Settings

__all__ = ["ENVIRONMENT_PREFIX", "Settings", "load", "parse"]
