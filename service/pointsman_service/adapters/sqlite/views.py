# ruff: noqa: S608 - only constants of the code are put into SQL; values are bound
"""Views for analysts: open pointsman.db with any SQLite tool, `sqlite-utils rows pointsman.db model_stats` for one.

Costs are US dollars, latencies milliseconds, times ISO 8601 in UTC. Verdicts, predictions and actions are exploded from
the event's JSON, so they are for looking, not for the request path.
"""

from __future__ import annotations

from collections.abc import Mapping

_WHEN = "strftime('%Y-%m-%dT%H:%M:%fZ', e.at, 'unixepoch')"

_TALLY = """count(*) AS episodes,
  round(1.0 * count(*) / (SELECT count(*) FROM episodes), 6) AS share,
  sum(e.feedback_weight > 0) AS rewarded,
  sum(e.feedback_sum) / nullif(sum(e.feedback_weight), 0) AS mean_feedback,
  avg(e.believed) AS mean_believed,
  sum(e.cost_usd) AS cost_usd,
  avg(e.cost_usd) AS mean_cost_usd,
  avg(CASE WHEN e.answered THEN e.latency_ms END) AS mean_latency_ms,
  sum(e.errors) AS errors,
  sum(e.calls > 1) AS escalated"""

VIEWS: Mapping[str, str] = {
    "episode_summary": f"""SELECT e.position, e.episode_id, e.tenant, {_WHEN} AS time, e.model, e.node, e.strategy,
  e.stop, e.calls, e.errors, e.answered, e.believed, e.cost_usd, e.latency_ms,
  e.feedback_sum / nullif(e.feedback_weight, 0) AS feedback, e.session_id, e.request_id, e.end_user,
  json_extract(v.payload, '$.client') AS client, t.prompt
FROM episodes e JOIN events v ON v.position = e.position LEFT JOIN texts t ON t.position = e.position""",
    "episode_steps": f"""SELECT e.position, e.episode_id, e.tenant, {_WHEN} AS time, c.step, c.model, c.deployment,
  c.cost_usd, c.judge_cost_usd, c.latency_ms, c.input_tokens, c.output_tokens, c.cached_input_tokens,
  c.reasoning_tokens, c.failure_kind, json_extract(v.payload, '$.steps[' || c.step || '].error') AS error,
  coalesce(json_extract(v.payload, '$.steps[' || c.step || '].propensity'), 1.0) AS propensity,
  c.step IS e.answer AS accepted
FROM episodes e JOIN calls c ON c.episode = e.position JOIN events v ON v.position = e.position""",
    "episode_predictions": f"""SELECT e.position, e.episode_id, e.tenant, {_WHEN} AS time,
  json_extract(p.value, '$[0]') AS model, json_extract(p.value, '$[1]') AS quality,
  json_extract(p.value, '$[2]') AS quality_sd, json_extract(p.value, '$[3]') AS cost_usd,
  json_extract(p.value, '$[4]') AS latency_ms, json_extract(p.value, '$[5]') AS propensity
FROM episodes e JOIN events v ON v.position = e.position, json_each(v.payload, '$.decision.predictions') p""",
    "episode_actions": f"""SELECT e.position, e.episode_id, e.tenant, {_WHEN} AS time, a.key AS action,
  json_extract(a.value, '$[0]') AS kind, json_extract(a.value, '$[1]') AS probability,
  json_extract(a.value, '$[2]') AS model, json_extract(a.value, '$[3]') AS judge, json_extract(a.value, '$[4]') AS step,
  json_extract(a.value, '$[7]') AS forced
FROM episodes e JOIN events v ON v.position = e.position, json_each(v.payload, '$.actions') a""",
    "episode_verdicts": f"""SELECT e.position, e.episode_id, e.tenant, {_WHEN} AS time, c.step, c.model,
  json_extract(verdict.value, '$.judge') AS judge, json_extract(verdict.value, '$.score') AS score,
  coalesce(json_extract(verdict.value, '$.cost_usd'), 0.0) AS cost_usd,
  coalesce(json_extract(verdict.value, '$.latency_ms'), 0.0) AS latency_ms,
  json_extract(verdict.value, '$.error') AS error, c.step IS e.answer AS accepted
FROM episodes e JOIN calls c ON c.episode = e.position JOIN events v ON v.position = e.position,
  json_each(v.payload, '$.steps[' || c.step || '].verdicts') verdict""",
    "episode_feedback": f"""SELECT f.position, f.request_id, e.episode_id, e.tenant, {_WHEN} AS asked,
  strftime('%Y-%m-%dT%H:%M:%fZ', f.at, 'unixepoch') AS given, f.source, f.value, f.weight,
  coalesce(f.model, e.model) AS model, e.node, e.believed, e.cost_usd, json_extract(v.payload, '$.client') AS client,
  json_extract(v.payload, '$.comment') AS comment
FROM feedback f JOIN episodes e ON e.position = f.episode JOIN events v ON v.position = f.position""",
    "model_calls": """SELECT c.model, c.deployment, count(*) AS calls, sum(c.failed) AS failed,
  sum(c.cost_usd) AS cost_usd, sum(c.judge_cost_usd) AS judge_cost_usd,
  avg(CASE WHEN NOT c.failed THEN c.latency_ms END) AS mean_latency_ms,
  sum(c.input_tokens) AS input_tokens, sum(c.output_tokens) AS output_tokens
FROM calls c GROUP BY c.model, c.deployment""",
    "model_stats": f"SELECT e.model, {_TALLY} FROM episodes e GROUP BY e.model",
    "node_stats": f"SELECT e.node, {_TALLY} FROM episodes e GROUP BY e.node",
    "node_model_stats": f"SELECT e.node, e.model, {_TALLY} FROM episodes e GROUP BY e.node, e.model",
    "daily_stats": f"""SELECT date(e.at, 'unixepoch') AS day, {_TALLY}
FROM episodes e GROUP BY date(e.at, 'unixepoch')""",
}
