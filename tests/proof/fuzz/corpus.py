"""Valid requests of every method, on things that are there: what mutations start from."""

from __future__ import annotations

import json

from google.protobuf.field_mask_pb2 import FieldMask
from pointsman import v1

from .doors import METHODS
from .values import SCHEMAS

TENANT = (("x-pointsman-tenant", "acme"),)
PROMPT = "What is 2 + 2? Answer as JSON."


def query(**more):
    """A query that uses most of what queries have."""
    message = v1.Query(
        messages=[
            v1.ChatMessage(role=v1.ROLE_SYSTEM, content="Be short."),
            v1.ChatMessage(role=v1.ROLE_USER, content=PROMPT),
        ],
        params=v1.GenerationParams(temperature=0.5, max_tokens=200, stop=["END"], seed=7, extra_json='{"top_k": 5}'),
        hints=v1.Hints(task="math", domain="sums", language="en", labels={"team": "a"}),
        session_id="s-1",
        end_user_id="ann",
        preference=v1.Preference(dial=0.5, max_cost_usd=1.0, max_latency_ms=20_000),
    )
    message.MergeFrom(v1.Query(**more))
    return message


def queries():
    """Queries with schemas, tools, parts and a history of tool calls."""
    schema = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMAS[0]}}
    tool = {"type": "function", "function": {"name": "add", "parameters": SCHEMAS[3]}}
    image = v1.ContentPart(image=v1.ImagePart(data=b"\x89PNG", media_type="image/png"))
    called = v1.ToolCall(tool_call_id="c-1", function="add", arguments_json="{}")
    return (
        query(),
        query(response_format_json=json.dumps(schema)),
        query(tools_json=[json.dumps(tool)]),
        query(models=["small", "large"]),
        query(
            messages=[
                v1.ChatMessage(role=v1.ROLE_ASSISTANT, tool_calls=[called]),
                v1.ChatMessage(role=v1.ROLE_TOOL, content="4", tool_call_id="c-1"),
                v1.ChatMessage(role=v1.ROLE_USER, parts=[image, v1.ContentPart(text="?")]),
            ]
        ),
    )


def _said_of(ids):
    """Requests about an episode, a model, a tenant, a node."""
    episode = ids["episode_id"][0]
    usage = v1.Usage(input_tokens=5, output_tokens=7)
    verdict = v1.Verdict(judge="format", score=0.5)
    known = v1.KnownQuery(
        prompt="2 + 2?", outcomes=[v1.KnownOutcome(model="small", quality=0.5, cost_usd=0.1, latency_ms=5)]
    )
    feedback = v1.Feedback(episode_id=episode, end_user_id="ann", thumb=v1.THUMB_UP)
    one = v1.RecordFeedbackRequest(feedback=feedback)
    model = v1.Model(
        model="another", base_url=ids["base_url"][0], input_usd_per_million=1, output_usd_per_million=1,
        params_json='{"top_p": 0.5}', tags=["eu"],
    )  # fmt: skip
    tenant = v1.Tenant(
        tenant="another", ceiling_usd=5, period_s=3_600, preference=v1.Preference(dial=0.5), baseline="small"
    )
    node = v1.TaxonomyNode(node_id="another", parent_id="root", title="A", description="B", examples=["c"])
    return (
        v1.ReportOutcomeRequest(episode_id=episode, model="small", usage=usage, latency_ms=5, verdicts=[verdict]),
        *(v1.GetEpisodeRequest(episode_id=e) for e in ids["episode_id"]),
        v1.ExplainEpisodeRequest(episode_id=episode),
        one,
        v1.RecordFeedbackBatchRequest(requests=[one, one]),
        v1.RecordSessionOutcomeRequest(session_id="s-1", rating=4.0),
        v1.CreateModelRequest(model=model),
        v1.UpdateModelRequest(model=model, update_mask=FieldMask(paths=["tags", "params_json"])),
        v1.CreateTenantRequest(tenant=tenant),
        v1.UpdateTenantRequest(tenant=tenant, update_mask=FieldMask(paths=["ceiling_usd", "preference"])),
        v1.CreateTaxonomyNodeRequest(node=node),
        v1.UpdateTaxonomyNodeRequest(node=node, update_mask=FieldMask(paths=["title"])),
        v1.WarmStartRequest(queries=[known]),
    )  # fmt: skip


def _asked_of_operators():
    filters = v1.EpisodeFilter(tenant="acme")
    named = {"model": "small", "tenant": "acme", "node_id": "root", "job": "prune", "key": "models.small.enabled"}
    found = [v1.WhatIfRequest(policy="always:small", filter=filters), v1.WhatIfRequest(cost_weight=5.0)]
    for method in METHODS.values():
        if method.containing_service.name == "AdminService":
            request = getattr(v1, method.input_type.name, None)
            fields = {f.name for f in method.input_type.fields}
            if request is not None and not {"node", "queries"} & fields:
                plain = {
                    k: v
                    for k, v in named.items()
                    if k in fields and method.input_type.fields_by_name[k].message_type is None
                }
                found.append(request(**plain))
    return found


def corpus(ids):
    """(path of the method, valid request) of everything."""
    asked = [
        kind(query=q) for kind in (v1.RouteRequest, v1.CompleteRequest, v1.StreamCompleteRequest) for q in queries()
    ]
    paths = {method.input_type.full_name: path for path, method in METHODS.items()}
    return [(paths[m.DESCRIPTOR.full_name], m) for m in (*asked, *_said_of(ids), *_asked_of_operators())]
