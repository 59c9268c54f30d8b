"""structlog, imported without rich.

structlog imports rich wherever it is installed, for coloured tracebacks that a service never prints; that is a tenth
of the time a start takes. The command line, which does use rich, imports it as ever.
"""

from __future__ import annotations

import sys

_hidden = "rich" not in sys.modules
if _hidden:
    sys.modules["rich"] = None  # type: ignore[assignment] # Python's own way to say "not installed"
try:
    import structlog
finally:
    if _hidden:
        del sys.modules["rich"]

__all__ = ["structlog"]
