"""The configuration: `load` and `parse` give `Settings`, or one line that says what is wrong and where."""

from pointsman_service.config.loading import load, parse
from pointsman_service.config.sections import Settings
from pointsman_service.config.variables import ENVIRONMENT_PREFIX

__all__ = ["ENVIRONMENT_PREFIX", "Settings", "load", "parse"]
