"""Backups of a storage folder, made beside a running service and put back: what the command line calls.

Another storage brings its own.
"""

from pointsman_service.adapters.sqlite.backup import back_up
from pointsman_service.adapters.sqlite.backup_manifest import Manifest
from pointsman_service.adapters.sqlite.restore import restore

__all__ = ["Manifest", "back_up", "restore"]
