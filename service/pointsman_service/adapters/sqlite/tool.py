"""sqlite-utils, imported without pandas.

sqlite-utils imports pandas wherever it is installed, for columns of a kind that is not here, and pandas brings pyarrow;
that is half a second and 60 MB of a first start.
"""

from __future__ import annotations

import sys

_hidden = "pandas" not in sys.modules
if _hidden:
    sys.modules["pandas"] = None  # type: ignore[assignment] # Python's own way to say "not installed"
try:
    import sqlite_utils
finally:
    if _hidden:
        del sys.modules["pandas"]

__all__ = ["sqlite_utils"]
