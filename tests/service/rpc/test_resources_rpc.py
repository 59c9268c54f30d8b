"""Models, tenants and taxonomy nodes over a socket: shown whole, and changed field by field."""

from dataclasses import replace
from types import SimpleNamespace

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from pointsman import v1
from pointsman_service.domain import Capabilities, Deployment, ModelConfig, TenantConfig
from pointsman_service.domain.identity import Limits
from pointsman_service.domain.operations import ChangeContext, GuaranteeState, ModelState, TenantState
from pointsman_service.domain.preference import Preference
from pointsman_service.errors import StaleEtag

FULL = ModelConfig(
    name="large",
    adapter="openai",
    provider_model="large-2",
    base_url="http://127.0.0.1:1/v1",
    api_key_env="LARGE_KEY",
    input_usd_per_million=0.0,
    output_usd_per_million=8.0,
    enabled=False,
    params={"temperature": 0},
    cost_source="response",
    capabilities=Capabilities(("text", "image"), tools=False, reasoning=True),
    context_window=128_000,
    tags=("region:eu",),
    deployments=(
        Deployment("a", "large-2a", "http://127.0.0.1:2/v1", "A_KEY", "eu", 60, 100_000),
        Deployment("b"),
    ),
    unpriced=True,
    cached_input_usd_per_million=0.0,
    max_output_tokens=8_000,
    expected_quality=0.8,
)
FULL_MESSAGE = v1.Model(
    model="large",
    adapter=v1.ADAPTER_OPENAI,
    provider_model="large-2",
    base_url="http://127.0.0.1:1/v1",
    api_key_env="LARGE_KEY",
    input_usd_per_million=0.0,
    output_usd_per_million=8.0,
    enabled=False,
    params_json='{"temperature": 0}',
    cost_source=v1.COST_SOURCE_RESPONSE,
    capabilities=v1.Capabilities(input_modalities=[v1.MODALITY_TEXT, v1.MODALITY_IMAGE], tools=False, reasoning=True),
    context_window=128_000,
    tags=["region:eu"],
    deployments=[
        v1.Deployment(
            deployment="a",
            provider_model="large-2a",
            base_url="http://127.0.0.1:2/v1",
            api_key_env="A_KEY",
            region="eu",
            requests_per_minute=60,
            tokens_per_minute=100_000,
            availability=0.0,
        ),
        v1.Deployment(deployment="b"),
    ],
    etag="m-2",
    unpriced=True,
    cached_input_usd_per_million=0.0,
    max_output_tokens=8_000,
    expected_quality=0.8,
)
FULL_FIELDS = {
    "adapter": "openai",
    "provider_model": "large-2",
    "base_url": "http://127.0.0.1:1/v1",
    "api_key_env": "LARGE_KEY",
    "input_usd_per_million": 0.0,
    "output_usd_per_million": 8.0,
    "enabled": False,
    "params": {"temperature": 0},
    "cost_source": "response",
    "capabilities.input_modalities": ["text", "image"],
    "capabilities.tools": False,
    "capabilities.reasoning": True,
    "context_window": 128_000,
    "tags": ["region:eu"],
    "deployments": [
        {
            "name": "a",
            "provider_model": "large-2a",
            "base_url": "http://127.0.0.1:2/v1",
            "api_key_env": "A_KEY",
            "region": "eu",
            "requests_per_minute": 60,
            "tokens_per_minute": 100_000,
        },
        {"name": "b"},
    ],
    "unpriced": True,
    "cached_input_usd_per_million": 0.0,
    "max_output_tokens": 8_000,
    "expected_quality": 0.8,
}
BY_ANN = (("x-pointsman-operator", "ann"),)


def _resource(kind):
    """What the three kinds of resources have alike."""
    model = SimpleNamespace(
        word="model", field="model", identity="model", suffix="Model", message=v1.Model(model="small"), name="small"
    )
    tenant = SimpleNamespace(
        word="tenant", field="tenant", identity="tenant", suffix="Tenant", message=v1.Tenant(tenant="a"), name="a"
    )
    node = SimpleNamespace(
        word="node",
        field="node",
        identity="node_id",
        suffix="TaxonomyNode",
        message=v1.TaxonomyNode(node_id="maths"),
        name="maths",
    )
    return {"model": model, "tenant": tenant, "node": node}[kind]


@pytest.fixture(params=["model", "tenant", "node"])
def kind(request):
    """Each kind of resource in turn."""
    return _resource(request.param)


def _call(served, verb, kind, **fields):
    name = f"{verb}{kind.suffix}"
    return getattr(served.admin, name)(getattr(v1, f"{name}Request")(**fields), metadata=BY_ANN)


async def test_a_model_is_shown_whole(served):
    """With each deployment's availability, 0 among them; what is not known is absent."""
    served.application.model = ModelState(FULL, "m-2", {"a": 0.0})
    (listed,) = (await served.admin.ListModels(v1.ListModelsRequest())).models
    assert listed == FULL_MESSAGE
    assert (await served.admin.GetModel(v1.GetModelRequest(model="large"))).model == FULL_MESSAGE


async def test_a_model_is_shown_with_its_breakers(served):
    """Each deployment's own; a model without any has one, and both an availability of the whole."""
    served.application.model = ModelState(FULL, "m-2", {}, {"a": "half_open"}, 0.0)
    shown = (await served.admin.GetModel(v1.GetModelRequest(model="large"))).model
    assert (shown.availability, shown.HasField("availability"), shown.breaker) == (0.0, True, 0)
    assert shown.deployments[0].breaker == v1.BREAKER_STATE_HALF_OPEN
    served.application.model = ModelState(ModelConfig("small", "openai", "s"), "m-3", {}, {"": "open"}, 0.0)
    shown = (await served.admin.GetModel(v1.GetModelRequest(model="small"))).model
    assert shown.breaker == v1.BREAKER_STATE_OPEN


async def test_what_is_not_configured_of_a_model_is_absent(served):
    """Not 0, not empty."""
    model = (await served.admin.GetModel(v1.GetModelRequest(model="small"))).model
    assert model == v1.Model(
        model="small",
        adapter=v1.ADAPTER_LITELLM,
        provider_model="p/small",
        enabled=True,
        cost_source=v1.COST_SOURCE_PRICES,
        etag="m-1",
    )


async def test_a_tenant_is_shown_whole(served):
    """With what it spent, and when its period ends."""
    config = TenantConfig(
        *("team-a", False, 5.0, 0.0, 3600.0, Preference(dial=0.5, max_latency_ms=900.0)),
        *(("small",), ("eu",), "small", True, Limits(20.0, 8, 600.0), 0.05, "observe"),
    )
    served.application.tenant = TenantState(config, "t-2", 0.0, 1_700_000_000.0, 20.0, GuaranteeState(0.5, 40, 3))
    (listed,) = (await served.admin.ListTenants(v1.ListTenantsRequest())).tenants
    expected = v1.Tenant(
        tenant="team-a",
        enabled=False,
        usd_per_thousand=5.0,
        ceiling_usd=0.0,
        period_s=3600.0,
        preference=v1.Preference(dial=0.5, max_latency_ms=900.0),
        models=["small"],
        require_tags=["eu"],
        baseline="small",
        hedge=True,
        alpha=0.05,
        mode=v1.TENANT_MODE_OBSERVE,
        requests_per_second=20.0,
        concurrency=8,
        feedback_per_minute=600.0,
        etag="t-2",
        spent_usd=0.0,
        paced_cost_weight=20.0,
        guarantee=v1.Guarantee(credit=0.5, decisions=40, departed=3),
    )
    expected.period_end_time.seconds = 1_700_000_000
    assert listed == expected


async def test_what_is_not_configured_of_a_tenant_is_absent(served):
    """No ceiling is not a ceiling of 0."""
    served.application.tenant = replace(served.application.tenant, config=TenantConfig("team-a"), period_ends_at=None)
    tenant = (await served.admin.GetTenant(v1.GetTenantRequest(tenant="team-a"))).tenant
    absent = (
        "usd_per_thousand",
        "ceiling_usd",
        "preference",
        "baseline",
        "alpha",
        "period_end_time",
        "paced_cost_weight",
    )
    assert not any(tenant.HasField(field) for field in absent)
    assert (tenant.enabled, list(tenant.models), tenant.spent_usd) == (True, [], 2.5)
    assert tenant.mode == v1.TENANT_MODE_ROUTE  # what is so where nobody says


async def test_the_taxonomy_is_a_tree(served):
    """Parents and children agree; the root has no parent."""
    nodes = (await served.admin.ListTaxonomyNodes(v1.ListTaxonomyNodesRequest())).nodes
    assert [(n.node_id, n.parent_id, list(n.child_ids)) for n in nodes] == [
        ("root", "", ["maths", "law"]),
        ("maths", "root", []),
        ("law", "root", []),
    ]
    assert not nodes[0].HasField("parent_id")
    assert (nodes[2].origin, nodes[2].evidence, nodes[2].enabled) == (v1.NODE_ORIGIN_GROWN, 3.0, False)
    assert (nodes[1].title, nodes[1].description, list(nodes[1].examples), nodes[1].etag) == (
        "Maths",
        "Numbers",
        ["2 + 2?"],
        "n-1",
    )


async def test_a_node_is_shown_with_its_models_and_children(served):
    """What is known of each model there."""
    node = (await served.admin.GetTaxonomyNode(v1.GetTaxonomyNodeRequest(node_id="root"))).node
    assert list(node.child_ids) == ["maths", "law"]
    (small,) = node.models
    assert small == v1.ModelAtNode(
        model="small", quality=0.7, quality_sd=0.1, cost_usd=0.001, latency_ms=300.0, evidence=4.0
    )


async def test_a_model_is_created_with_what_is_given(served):
    """Under the configuration's names; what only answers carry is ignored."""
    await served.admin.CreateModel(v1.CreateModelRequest(request_id="r-1", model=FULL_MESSAGE), metadata=BY_ANN)
    assert served.application.asked == [("create_model", "large", FULL_FIELDS, ChangeContext("ann", "r-1"))]


async def test_a_tenant_is_created_with_what_is_given(served):
    """A budget of 0 is a budget; of two ways to say a tradeoff, the one given clears the other."""
    tenant = v1.Tenant(
        tenant="team-b",
        ceiling_usd=0.0,
        period_s=60.0,
        preference=v1.Preference(cost_weight=0.0, min_quality=0.5),
        models=["small"],
        require_tags=["eu"],
        baseline="small",
        spent_usd=99.0,
        etag="x",
    )
    await served.admin.CreateTenant(v1.CreateTenantRequest(tenant=tenant), metadata=BY_ANN)
    fields = {
        "ceiling_usd": 0.0,
        "period_s": 60.0,
        "preference.cost_weight": 0.0,
        "preference.dial": None,
        "preference.min_quality": 0.5,
        "models": ["small"],
        "require_tags": ["eu"],
        "baseline": "small",
    }
    assert served.application.asked == [("create_tenant", "team-b", fields, ChangeContext("ann"))]


async def test_a_node_is_created_with_what_is_given(served):
    """Statistics are not the operator's to set."""
    node = v1.TaxonomyNode(
        node_id="maths.sum", parent_id="maths", title="Sums", description="Adding", examples=["2 + 2?"], evidence=99.0
    )
    await served.admin.CreateTaxonomyNode(v1.CreateTaxonomyNodeRequest(node=node), metadata=BY_ANN)
    fields = {"parent": "maths", "title": "Sums", "description": "Adding", "examples": ["2 + 2?"]}
    assert served.application.asked == [("create_node", "maths.sum", fields, ChangeContext("ann"))]


@pytest.mark.parametrize(
    ("paths", "fields"),
    [
        (["input_usd_per_million"], {"input_usd_per_million": 0.0}),
        (["params_json"], {"params": {"temperature": 0}}),
        (["capabilities.tools", "adapter"], {"capabilities.tools": False, "adapter": "openai"}),
        (["enabled", "enabled"], {"enabled": False}),
    ],
)
async def test_an_update_takes_the_fields_that_its_mask_names_and_no_other(served, paths, fields):
    """Whatever else the message carries."""
    request = v1.UpdateModelRequest(model=FULL_MESSAGE, update_mask=FieldMask(paths=paths), request_id="r-1")
    await served.admin.UpdateModel(request, metadata=BY_ANN)
    assert served.application.asked == [("update_model", "large", fields, "m-2", ChangeContext("ann", "r-1"))]


async def test_a_field_that_is_named_and_absent_is_cleared(served):
    """Numbers, texts, enums, lists; a whole message clears all that is below it. No etag holds nothing against it."""
    paths = ["input_usd_per_million", "base_url", "adapter", "params_json", "tags", "deployments", "capabilities"]
    model = v1.Model(model="small", capabilities=v1.Capabilities(tools=True))
    await served.admin.UpdateModel(v1.UpdateModelRequest(model=model, update_mask=FieldMask(paths=paths)))
    _, name, fields, etag, _ = served.application.asked[0]
    assert (name, etag) == ("small", None)
    assert fields == {
        "input_usd_per_million": None,
        "base_url": None,
        "adapter": None,
        "params": None,
        "tags": None,
        "deployments": None,
        "capabilities.input_modalities": None,
        "capabilities.tools": True,
        "capabilities.json_schema": None,
        "capabilities.reasoning": None,
        "capabilities.streaming": None,
    }


@pytest.mark.parametrize(
    ("preference", "paths", "fields"),
    [
        ({"dial": 0.5}, ["dial"], {"dial": 0.5, "cost_weight": None}),
        ({"cost_weight": 2.0}, ["cost_weight"], {"cost_weight": 2.0, "dial": None}),
        ({"cost_weight": 2.0}, ["dial"], {"dial": None}),
        ({"dial": 0.5}, ["dial", "cost_weight"], {"dial": 0.5, "cost_weight": None}),
        ({"max_cost_usd": 1.0}, ["max_cost_usd", "min_quality"], {"max_cost_usd": 1.0, "min_quality": None}),
    ],
)
async def test_a_dial_takes_the_place_of_a_lambda_and_a_lambda_that_of_a_dial(served, preference, paths, fields):
    """Only one of the two holds, as in the message."""
    mask = FieldMask(paths=[f"preference.{path}" for path in paths])
    tenant = v1.Tenant(tenant="team-a", preference=v1.Preference(**preference))
    await served.admin.UpdateTenant(v1.UpdateTenantRequest(tenant=tenant, update_mask=mask))
    assert served.application.asked[0][2] == {f"preference.{key}": value for key, value in fields.items()}


async def test_a_node_moves_by_its_parent(served):
    """Under the configuration's name for it."""
    node = v1.TaxonomyNode(node_id="maths", parent_id="law", etag="n-1")
    mask = FieldMask(paths=["parent_id", "examples"])
    await served.admin.UpdateTaxonomyNode(v1.UpdateTaxonomyNodeRequest(node=node, update_mask=mask), metadata=BY_ANN)
    fields = {"parent": "law", "examples": None}
    assert served.application.asked == [("update_node", "maths", fields, "n-1", ChangeContext("ann"))]


UNKNOWN = 'names "{}", which is no field of model; did you mean "{}"?'


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("input_usd_per_1k", UNKNOWN.format("input_usd_per_1k", "input_usd_per_million")),
        ("model.enabled", UNKNOWN.format("model.enabled", "enabled")),
        ("params", UNKNOWN.format("params", "params_json")),
        ("deployments.region", UNKNOWN.format("deployments.region", "deployments")),
        ("capabilities.tool", UNKNOWN.format("capabilities.tool", "capabilities.tools")),
        ("etag", 'must not name "etag", which only answers carry'),
        ("model", 'must not name "model", which cannot be changed'),
        ("*", 'must name each field to change: "*" would clear what a newer version knows'),
        (None, "must name the fields to change"),
    ],
)
async def test_a_mask_that_cannot_be_meant_is_refused(served, refused, path, why):
    """With what was probably meant; also beside a good path."""
    for more in ([], ["enabled"]) if path else ([],):
        mask = FieldMask(paths=[*more, *([path] if path else [])])
        found = await refused(served.admin.UpdateModel(v1.UpdateModelRequest(model=FULL_MESSAGE, update_mask=mask)))
        assert found == {"update_mask": why}
    assert served.application.asked == []


async def test_a_mask_has_so_many_paths(served, refused):
    """Each that is none is held against all that are."""
    request = v1.UpdateModelRequest(model=FULL_MESSAGE, update_mask=FieldMask(paths=["enabled"] * 101))
    found = await refused(served.admin.UpdateModel(request))
    assert found == {"update_mask": "has 101 entries; at most 100 are allowed"}


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ("tenant", ["etag", "spent_usd", "period_end_time", "paced_cost_weight"]),
        ("node", ["etag", "origin", "child_ids", "evidence", "models"]),
    ],
)
async def test_what_only_answers_carry_cannot_be_changed(served, refused, call, shown):
    """Nor a part of it."""
    kind = _resource(call)
    for path in shown:
        fields = {kind.field: kind.message, "update_mask": FieldMask(paths=[path])}
        found = await refused(_call(served, "Update", kind, **fields))
        assert found == {"update_mask": f'must not name "{path}", which only answers carry'}


async def test_every_field_of_a_resource_is_changeable_shown_or_its_name():
    """A new field of the contract needs a reader."""
    from pointsman_service.rpc.resources import MODEL, NODE, TENANT

    for of, message in ((MODEL, v1.Model), (TENANT, v1.Tenant), (NODE, v1.TaxonomyNode)):
        known = {path.partition(".")[0] for path in (*of.fields, *of.shown)} | {of.identity}
        assert known == set(message.DESCRIPTOR.fields_by_name)
    below = {path.removeprefix("capabilities.") for path in MODEL.fields if path.startswith("capabilities.")}
    assert below == set(v1.Capabilities.DESCRIPTOR.fields_by_name)
    below = {path.removeprefix("preference.") for path in TENANT.fields if path.startswith("preference.")}
    assert below == set(v1.Preference.DESCRIPTOR.fields_by_name)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"model": ""}, "model.model"),
        ({"model": "a b"}, "model.model"),
        ({"model": "-a"}, "model.model"),
        ({"model": "é"}, "model.model"),
        ({"model": "x" * 201}, "model.model"),
        ({"adapter": 9}, "model.adapter"),
        ({"input_usd_per_million": -1.0}, "model.input_usd_per_million"),
        ({"output_usd_per_million": float("nan")}, "model.output_usd_per_million"),
        ({"params_json": "{"}, "model.params_json"),
        ({"provider_model": ""}, "model.provider_model"),
        ({"base_url": "http://" + "x" * 2_000}, "model.base_url"),
        ({"api_key_env": "A\nB"}, "model.api_key_env"),
        ({"cost_source": 9}, "model.cost_source"),
        ({"context_window": 0}, "model.context_window"),
        ({"capabilities": v1.Capabilities(input_modalities=[0])}, "model.capabilities.input_modalities[0]"),
        ({"tags": ["eu", "eu"]}, "model.tags"),
        ({"tags": [""]}, "model.tags[0]"),
        ({"deployments": [v1.Deployment()]}, "model.deployments[0].deployment"),
        ({"deployments": [v1.Deployment(deployment="a")] * 2}, "model.deployments"),
        ({"deployments": [v1.Deployment(deployment="a", base_url="")]}, "model.deployments[0].base_url"),
        (
            {"deployments": [v1.Deployment(deployment="a", requests_per_minute=0)]},
            "model.deployments[0].requests_per_minute",
        ),
    ],
)
async def test_a_model_that_cannot_be_is_refused(served, refused, fields, field):
    """Created or, the name apart, updated."""
    model = v1.Model(**({"model": "m"} | fields))
    assert set(await refused(served.admin.CreateModel(v1.CreateModelRequest(model=model)))) == {field}
    if "model" not in fields:
        request = v1.UpdateModelRequest(model=model, update_mask=FieldMask(paths=list(fields)))
        assert set(await refused(served.admin.UpdateModel(request))) == {field}
    assert served.application.asked == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"tenant": ""}, "tenant.tenant"),
        ({"tenant": "x" * 129}, "tenant.tenant"),
        ({"usd_per_thousand": 0.0}, "tenant.usd_per_thousand"),
        ({"ceiling_usd": -1.0}, "tenant.ceiling_usd"),
        ({"period_s": 0.0}, "tenant.period_s"),
        ({"preference": v1.Preference(dial=1.5)}, "tenant.preference.dial"),
        ({"preference": v1.Preference(max_latency_ms=0.0)}, "tenant.preference.max_latency_ms"),
        ({"models": ["a", "a"]}, "tenant.models"),
        ({"baseline": ""}, "tenant.baseline"),
    ],
)
async def test_a_tenant_that_cannot_be_is_refused(served, refused, fields, field):
    """By field."""
    tenant = v1.Tenant(**({"tenant": "t"} | fields))
    assert set(await refused(served.admin.CreateTenant(v1.CreateTenantRequest(tenant=tenant)))) == {field}
    assert served.application.asked == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"node_id": ""}, "node.node_id"),
        ({"node_id": "Maths"}, "node.node_id"),
        ({"node_id": "maths/proof"}, "node.node_id"),
        ({"title": "x" * 1001}, "node.title"),
        ({"description": "x" * 1001}, "node.description"),
        ({"examples": ["x"] * 6}, "node.examples"),
        ({"examples": ["x" * 1001]}, "node.examples[0]"),
        ({"parent_id": ""}, "node.parent_id"),
    ],
)
async def test_a_node_that_cannot_be_is_refused(served, refused, fields, field):
    """By field."""
    node = v1.TaxonomyNode(**({"node_id": "n"} | fields))
    assert set(await refused(served.admin.CreateTaxonomyNode(v1.CreateTaxonomyNodeRequest(node=node)))) == {field}
    assert served.application.asked == []


@pytest.mark.parametrize("replayed", [False, True])
async def test_a_change_answers_with_what_is_in_force_and_whether_it_was_known(served, kind, replayed):
    """Create, update, enable, disable alike; a removed one has nothing to show."""
    served.application.replayed = replayed
    shown = getattr(await _call(served, "Get", kind, **{kind.identity: kind.name}), kind.field)
    named = {kind.identity: kind.name, "request_id": "r-1", "etag": "x-1"}
    for response in (
        await _call(served, "Create", kind, **{kind.field: kind.message}),
        await _call(served, "Update", kind, **{kind.field: kind.message}, update_mask=FieldMask(paths=["enabled"])),
        await _call(served, "Enable", kind, **named),
        await _call(served, "Disable", kind, **named),
    ):
        assert getattr(response, kind.field).etag == (shown.etag if kind.word != "node" else "n-1")
        assert response.replayed is replayed
    assert (await _call(served, "Delete", kind, **named)).replayed is replayed


async def test_enabling_and_disabling_change_one_field(served, kind):
    """Of the named one, under its etag and the request's id."""
    named = {kind.identity: kind.name, "request_id": "r-1", "etag": "x-1"}
    await _call(served, "Enable", kind, **named)
    await _call(served, "Disable", kind, **named)
    await _call(served, "Delete", kind, **named)
    change = ChangeContext("ann", "r-1")
    assert served.application.asked == [
        (f"update_{kind.word}", kind.name, {"enabled": True}, "x-1", change),
        (f"update_{kind.word}", kind.name, {"enabled": False}, "x-1", change),
        (f"delete_{kind.word}", kind.name, "x-1", change),
    ]


async def test_a_change_needs_a_name_and_a_printable_id(served, refused, kind):
    """Before anything is looked up."""
    assert set(await refused(_call(served, "Get", kind))) == {kind.identity}
    assert set(await refused(_call(served, "Disable", kind, request_id="a\nb", etag=""))) == {
        kind.identity,
        "request_id",
        "etag",
    }
    assert set(await refused(_call(served, "Update", kind, request_id=""))) == {
        f"{kind.field}.{kind.identity}",
        "update_mask",
        "request_id",
    }
    assert served.application.asked == []


async def test_a_stale_etag_is_aborted_with_the_present_one(served, failure, kind):
    """So that a client reads again, and then decides."""
    served.application.error = StaleEtag("somebody changed it", model="small", etag="m-3")
    code, _, info, _, retry = await failure(_call(served, "Disable", kind, **{kind.identity: kind.name}, etag="m-1"))
    assert (code, info.reason, retry) == (grpc.StatusCode.ABORTED, "STALE_ETAG", None)
    assert dict(info.metadata) == {"model": "small", "etag": "m-3"}


async def test_unknown_names_are_not_found(served, failure):
    """A model, a node."""
    code, _, info, *_ = await failure(served.admin.GetModel(v1.GetModelRequest(model="medium")))
    assert (code, dict(info.metadata)) == (grpc.StatusCode.NOT_FOUND, {"model": "medium"})
    code, *_ = await failure(served.admin.GetTaxonomyNode(v1.GetTaxonomyNodeRequest(node_id="cooking")))
    assert code == grpc.StatusCode.NOT_FOUND
