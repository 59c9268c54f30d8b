"""What the process tells the outside: structlog lines, Prometheus metrics, OpenTelemetry spans. Cheap when off.

Spans are made when an episode is over, from the times it recorded, so that the request path carries none of them.
Their names and attributes are OpenTelemetry's for generative AI (gen_ai.*), under "pointsman.*" where there is none.
"""

from pointsman_service.observability.log_lines import LogObserver, configure_logging
from pointsman_service.observability.quoting import keep_words
from pointsman_service.observability.redacted_lines import redact_lines
from pointsman_service.observability.watching import Observers, Watching, counts, watching_of
from pointsman_service.observability.without_words import WithoutWords

__all__ = [
    "LogObserver",
    "Observers",
    "Watching",
    "WithoutWords",
    "configure_logging",
    "counts",
    "keep_words",
    "redact_lines",
    "watching_of",
]
