"""What can be set of an API key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pointsman_service.cli.failures import Misuse
from pointsman_service.cli.fields import Field
from pointsman_service.cli.merging import LISTED
from pointsman_service.cli.names import tenant_names, words_of
from pointsman_service.cli.times import is_length, moment, seconds

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp


def roles(words: Sequence[str]) -> list[int]:
    """The contract's values. Raises Misuse with the near miss."""
    from pointsman import v1

    from pointsman_service.cli.messages import value_of

    return [value_of(v1.AccessRole.DESCRIPTOR, word, "--role") for word in words]


def end(text: str) -> Timestamp:
    """When a key ends: a time, or so long from now. Raises Misuse."""
    from google.protobuf.timestamp_pb2 import Timestamp

    now = datetime.now(UTC)
    try:
        at = now + timedelta(seconds=seconds(text)) if is_length(text) else moment(text, now)
    except OverflowError as error:
        raise Misuse(f"--expires {text}: that is longer than time itself; write 90d or 2027-01-31") from error
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


KEY_FIELDS = (
    Field(
        "roles", "--role", list[str], "What it may do: call, feedback, read or admin; repeatable.",
        parse=roles, merging=LISTED, metavar="WORD", names=words_of("AccessRole"),
    ),
    Field(
        "tenant", "--tenant", str, "Whose its calls are, where they do not say. [default: default]", names=tenant_names
    ),
    Field(
        "acts_for", "--acts-for", list[str], "Another tenant that its calls may be of, * for all; repeatable.",
        merging=LISTED, metavar="TENANT", names=tenant_names,
    ),
    Field("requests_per_second", "--requests-per-second", float, "Calls that may begin in a second.", least=0.0),
    Field("concurrency", "--concurrency", int, "Calls at the same time.", least=1),
    Field("feedback_per_minute", "--feedback-per-minute", float, "Words of feedback in a minute.", least=0.0),
    Field(
        "expire_time", "--expires", str, "When it ends: 90d, or 2027-01-31. [default: never]", parse=end,
        metavar="WHEN",
    ),
)  # fmt: skip
