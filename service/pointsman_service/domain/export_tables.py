"""What an export consists of: its tables, and of each column what it means and in which unit. Pure words, no format.

Times are UTC. Money is in US dollars. A column is absent (null) where nothing was told or measured; a 0 is a 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "whole", "number", "flag", "time", "texts", "numbers", "labels", "records"]
"""texts, numbers: lists of them. labels: text by text. records: a list of records, whose columns are `of`."""


@dataclass(frozen=True, slots=True)
class Column:
    """unit: "" where there is none. words: what people, models, judges or providers said; only with texts."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    words: bool = False
    of: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """key: the columns that name a row."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def chosen(self, *, words: bool) -> tuple[Column, ...]:
        """The columns of an export, with or without those that have words."""
        return tuple(c for c in self.columns if words or not c.words)


_POSITION = Column("position", "whole", "place of the event in the log; grows, and is never given twice")
_EPISODE = Column("episode_id", "text", "id of the episode: one query, its calls and its answer")
_TENANT = Column("tenant", "text", "whose it is")
_AT = Column("at", "time", "when it was logged", "UTC")
_MODEL = Column("model", "text", "configured name of the model")
_REQUEST = Column("request_id", "text", "the id under which it counts once: the caller's, or made of the content")
_CLIENT = Column("client", "text", "name of the API key, or subject of the token, that was used")
_USER = Column("end_user", "text", "pseudonym of the end user: a digest of the id")
_COST = Column("cost_usd", "number", "what it cost, as far as is known", "US dollars")
_LATENCY = Column("latency_ms", "number", "how long it took", "milliseconds")
_TOKENS = (
    Column("input_tokens", "whole", "of the prompt", "tokens"),
    Column("output_tokens", "whole", "of the answer", "tokens"),
    Column("cached_input_tokens", "whole", "part of input_tokens that the provider had cached", "tokens"),
    Column("reasoning_tokens", "whole", "part of output_tokens that was thought", "tokens"),
)
_FAILURE = Column("failure_kind", "text", "why there is no answer: timeout, refused, rate_limited, garbage, empty, ...")
_CHANCE = Column("propensity", "number", "probability with which it was chosen", "in (0, 1]")

_PREDICTION = (
    _MODEL,
    Column("quality", "number", "expected P(answer right) before the call", "in [0, 1]"),
    Column("quality_sd", "number", "standard error of that mean", "in [0, 1]"),
    Column("cost_usd", "number", "expected cost", "US dollars"),
    Column("latency_ms", "number", "expected latency", "milliseconds"),
    Column("propensity", "number", "probability of being called first", "in [0, 1]"),
)
_ALTERNATIVE = (
    Column("action", "text", "call, ask or accept"),
    Column("model", "text", "the model to call"),
    Column("judge", "text", "the judge to ask"),
    Column("step", "whole", "the step whose answer it is about"),
    Column("probability", "number", "of doing this", "in [0, 1]"),
)
_ACTION = (
    *_ALTERNATIVE,
    Column("forced", "text", "deadline, cost_ceiling, max_steps or failed where the policy did not choose"),
    Column("believed", "numbers", "P(right) of each step's answer then; null of a failed one", "in [0, 1]"),
    Column("alternatives", "records", "all that could have been done, this too; empty for the first", of=_ALTERNATIVE),
)
_WHERE = (_POSITION, _EPISODE, _TENANT, _AT)
_EXCLUDED = (_MODEL, Column("why", "text", "what it lacks"))

EPISODES = Table(
    "episodes",
    "one row for each query: the decision, and what came of it",
    ("episode_id",),
    (
        *_WHERE,
        Column("stop", "text", "why it ended: utility, deadline, cost_ceiling, max_steps, route_only, failed, ..."),
        Column("answered", "flag", "whether there is an answer, the caller's own calls included"),
        Column("answering_model", "text", "whose answer was taken"),
        Column("answer_step", "whole", "index of the step whose answer was taken"),
        Column("believed", "number", "P(answer right) when it was taken", "in [0, 1]"),
        Column("feedback", "number", "weighted mean of the feedback on the answer", "in [0, 1]"),
        Column("feedback_weight", "number", "sum of that feedback's weights", "1 is one thumb"),
        Column("calls", "whole", "calls made, the caller's own included", "calls"),
        Column("failed_calls", "whole", "those without an answer", "calls"),
        Column("cost_usd", "number", "of calls and judges, as far as is known", "US dollars"),
        Column("latency_ms", "number", "from the request's arrival to the answer", "milliseconds"),
        Column("decided_model", "text", "the model that the decision called first"),
        Column("propensity", "number", "its probability then", "in (0, 1]"),
        Column(
            "strategy",
            "text",
            "which part decided: taxonomy, learned, fused, control, sticky, static, baseline, observed",
        ),
        Column("plan", "texts", "the planned cascade, first call first"),
        Column("node", "text", "the kind of query that it was taken for"),
        Column("node_path", "texts", "from the root of the taxonomy down to it"),
        Column("familiarity", "number", "share of precision that the taxonomy brought", "in [0, 1]"),
        Column("cost_weight", "number", "lambda used", "utility per US dollar"),
        Column("snapshot_version", "whole", "state of the learner that decided; 0 is the static policy"),
        Column("policy", "text", "name and version of the policy"),
        Column("feature_version", "text", "of the embedding and the features"),
        Column("estimated_input_tokens", "whole", "of the prompt, before any call", "tokens"),
        Column("predictions", "records", "what was expected of each model", of=_PREDICTION),
        Column("actions", "records", "all that was done, in order", of=_ACTION),
        Column("excluded", "records", "models that could not be chosen", of=_EXCLUDED),
        Column("require_tags", "texts", "tags that a model had to have"),
        Column("request_id", "text", "the caller's id"),
        Column("session_id", "text", "the caller's session"),
        _CLIENT,
        _USER,
        Column(
            "prompt",
            "text",
            "as store_prompts kept it: in full, or its HMAC-SHA-256 under the folder's key",
            words=True,
        ),
        Column("hints", "labels", "what the caller said of the query: task, domain, language", words=True),
        Column("labels", "labels", "the caller's labels", words=True),
        Column("end_user_id", "text", "the end user in clear", words=True),
    ),
)

STEPS = Table(
    "steps",
    "one row for each call of a model that the service made",
    ("episode_id", "step"),
    (
        *_WHERE,
        Column("step", "whole", "its index in the episode, from 0"),
        _MODEL,
        Column("deployment", "text", "which of the model's deployments was called"),
        Column("accepted", "flag", "whether its answer was taken"),
        _CHANCE,
        _COST,
        Column("cost_known", "flag", "false where cost_usd is only what is sure"),
        Column("judge_cost_usd", "number", "of the verdicts on its answer", "US dollars"),
        _LATENCY,
        Column("at_once", "flag", "whether it was called together with the step before, not after it"),
        *_TOKENS,
        Column("finish_reason", "text", "why the answer ended"),
        _FAILURE,
        Column("error", "text", "what the provider said of the failure", words=True),
        Column(
            "answer",
            "text",
            "as store_prompts kept it: in full, or its HMAC-SHA-256 under the folder's key",
            words=True,
        ),
    ),
)

VERDICTS = Table(
    "verdicts",
    "one row for each opinion of a judge, the service's on a step or a caller's on an outcome",
    ("position", "step", "number"),
    (
        *_WHERE,
        Column("step", "whole", "the step that it is about; null for one on a caller's own call"),
        Column("number", "whole", "its place among the verdicts on that answer, from 0"),
        Column("model", "text", "whose answer it is about"),
        Column("judge", "text", "the judge's name"),
        Column("score", "number", "its opinion; null where it had none", "in [0, 1]"),
        Column("agreement_key", "text", "answers of an episode agree where theirs are equal", words=True),
        _COST,
        _LATENCY,
        Column("failure", "text", "why there is no score: timeout, no_verdict, cut_off, ..."),
        Column("error", "text", "what the judge said instead", words=True),
    ),
)

FEEDBACK = Table(
    "feedback",
    "one row for each word of feedback",
    ("position",),
    (
        *_WHERE,
        _REQUEST,
        Column("source", "text", "thumb, rating, correction or score"),
        Column("value", "number", "what it says of the answer", "in [0, 1]"),
        Column("weight", "number", "how much it counts", "1 is one thumb"),
        Column("model", "text", "whose answer it is about; null for the one that was taken"),
        _CLIENT,
        _USER,
        Column(
            "comment", "text", "what was said beside it, where store_prompts kept it; never learnt from", words=True
        ),
    ),
)

OUTCOMES = Table(
    "outcomes",
    "one row for each call that a caller made itself and told of",
    ("position",),
    (
        *_WHERE,
        _REQUEST,
        _MODEL,
        _CHANCE,
        _COST,
        _LATENCY,
        *_TOKENS,
        _FAILURE,
        Column("error", "text", "what the caller said of the failure", words=True),
        _CLIENT,
    ),
)

SESSION_OUTCOMES = Table(
    "session_outcomes",
    "one row for each word on a whole session",
    ("position",),
    (
        _POSITION,
        Column("session_id", "text", "the caller's session"),
        _TENANT,
        _AT,
        _REQUEST,
        Column("source", "text", "thumb, rating or score"),
        Column("value", "number", "how the session turned out", "in [0, 1]"),
        _CLIENT,
        _USER,
    ),
)

OPERATOR_CHANGES = Table(
    "operator_changes",
    "one row for each change by an operator; of no tenant, so left out of an export of one",
    ("position",),
    (
        _POSITION,
        _AT,
        Column("by", "text", "who"),
        Column("method", "text", "the call that did it"),
        _REQUEST,
        Column("put", "text", "what holds from then on: JSON by key"),
        Column("reset", "texts", "keys that hold again what was declared"),
        Column("note", "text", "what else was asked"),
    ),
)

TABLES: tuple[Table, ...] = (EPISODES, STEPS, VERDICTS, FEEDBACK, OUTCOMES, SESSION_OUTCOMES, OPERATOR_CHANGES)


def table_named(name: str) -> Table | None:
    """The table of this name."""
    return next((t for t in TABLES if t.name == name), None)


def described(tables: Sequence[Table], *, words: bool) -> str:
    """The tables in words, as Markdown: what goes into schema.md beside an export."""
    parts = ["# What this export has", "", "Times are UTC, money is US dollars, null is: not told, or not measured."]
    for table in tables:
        columns = table.chosen(words=words)
        rows = [f"| {path} | {c.kind} | {c.meaning} | {c.unit} |" for path, c in _flat(columns)]
        parts += ["", f"## {table.name}", "", f"{table.meaning[0].upper()}{table.meaning[1:]}.", ""]
        parts += [f"A row is named by {', '.join(table.key)}.", ""]
        parts += ["| column | kind | meaning | unit |", "| --- | --- | --- | --- |", *rows]
    return "\n".join([*parts, ""])


def _flat(columns: Sequence[Column], before: str = "") -> list[tuple[str, Column]]:
    found = []
    for column in columns:
        found.append((f"{before}{column.name}", column))
        found += _flat(column.of, f"{before}{column.name}[].")
    return found
