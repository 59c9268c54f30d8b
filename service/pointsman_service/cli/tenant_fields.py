"""What can be set of a tenant."""

from __future__ import annotations

from pointsman_service.cli.fields import Field
from pointsman_service.cli.merging import LISTED
from pointsman_service.cli.messages import value_of
from pointsman_service.cli.names import model_names, words_of
from pointsman_service.cli.times import seconds


def _mode(word: str) -> int:
    from pointsman import v1

    return value_of(v1.TenantMode.DESCRIPTOR, word, "--mode")


TENANT_FIELDS = (
    Field("usd_per_thousand", "--usd-per-1k", float, "Dollars per 1,000 queries that the pacer holds.", least=0.0),
    Field("ceiling_usd", "--ceiling", float, "Dollars that no period exceeds, under any load.", least=0.0),
    Field(
        "period_s", "--period", str, "Length of the ceiling's period, as 1h, 1d or 30d. [default: 1d]", parse=seconds,
        metavar="LENGTH",
    ),
    Field("preference.dial", "--dial", float, "0 is the cheapest that answers, 1 the best at any cost.", 0.0, 1.0),
    Field("preference.cost_weight", "--cost-weight", float, "Lambda instead of the dial: utility per dollar.", 0.0),
    Field("preference.latency_weight", "--latency-weight", float, "Mu: utility per second until the answer.", 0.0),
    Field("preference.max_cost_usd", "--max-cost-usd", float, "Ceiling on each episode, in dollars.", 0.0),
    Field("preference.max_latency_ms", "--max-latency-ms", float, "Models expected to take longer are out.", 0.0),
    Field("preference.min_quality", "--min-quality", float, "Floor on the predicted quality.", 0.0, 1.0),
    Field(
        "models", "--model", list[str], "A model that it may use; repeatable. None said: every enabled one.",
        merging=LISTED, names=model_names,
    ),
    Field("require_tags", "--require-tag", list[str], "A tag that its models must have; repeatable.", merging=LISTED),
    Field(
        "baseline", "--baseline", str, "The model that it used before, which savings are told against.",
        names=model_names,
    ),
    Field("alpha", "--alpha", float, "Share of the baseline's utility that may be lost to learning; 1: any.", 0.0, 1.0),
    Field(
        "mode", "--mode", str, "route, or observe: its own model answers, and what the policy would do is told.",
        parse=_mode, metavar="WORD", names=words_of("TenantMode"),
    ),
    Field("hedge", "--hedge/--no-hedge", bool, "Whether a slow call gets another beside it, which is paid for, too."),
    Field("requests_per_second", "--requests-per-second", float, "Calls that may begin in a second.", least=0.0),
    Field("concurrency", "--concurrency", int, "Calls that may run at the same time.", least=1),
    Field("feedback_per_minute", "--feedback-per-minute", float, "Words of feedback that it may give.", least=0.0),
)  # fmt: skip
