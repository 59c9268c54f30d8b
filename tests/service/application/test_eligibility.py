"""Who can take a query: what is known to be lacking keeps a model out, with the reason."""

import pytest
from pointsman_service.application.eligibility import Needs, excluded, needs_of
from pointsman_service.domain import Capabilities, ChatMessage, ModelConfig, Question, TenantConfig
from pointsman_service.domain.requests import Query
from pointsman_service.errors import NoModelLeft, TenantDisabled

PICTURE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
SOUND = {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}
DOCUMENT = {"type": "file", "file": {"file_id": "f"}}
TOOL = {"type": "function", "function": {"name": "weather"}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}


def model(name="m", **fields):
    """A model of which nothing is known but these fields; capabilities by their names."""
    known = {k: fields.pop(k) for k in list(fields) if k in Capabilities.__dataclass_fields__}
    return ModelConfig(name, "openai", name, capabilities=Capabilities(**known), **fields)


def asked(*, parts=(), text="What is it?", tenant=None, **fields):
    """What such a query needs, its prompt being of 100 tokens."""
    of_question = {k: fields.pop(k) for k in list(fields) if k in Question.__dataclass_fields__}
    query = Query(Question((ChatMessage("user", text, parts),), **of_question), **fields)
    return needs_of(query, tenant or TenantConfig("t"), 100)


LACKS = [
    (asked(parts=(PICTURE,)), model(input_modalities=("text",)), "input_modalities:image"),
    (asked(parts=(SOUND,)), model(input_modalities=("text", "image")), "input_modalities:audio"),
    (asked(parts=(DOCUMENT,)), model(input_modalities=()), "input_modalities:file"),
    (asked(tools=(TOOL,)), model(tools=False), "tools"),
    (asked(response_format=SCHEMA), model(json_schema=False), "json_schema"),
    (asked(), model(context_window=99), "context_window"),
    (asked(params={"max_tokens": 900}), model(context_window=999), "context_window"),
    (asked(params={"max_completion_tokens": 900}), model(context_window=999), "context_window"),
    (asked(tools=({"x": "y" * 4000},)), model(context_window=1000), "context_window"),
    (asked(require_tags=("region:eu",)), model(tags=("region:us",)), "require_tags:region:eu"),
    (asked(tenant=TenantConfig("t", require_tags=("no-training",))), model(), "require_tags:no-training"),
    (asked(tenant=TenantConfig("t", models=("other",))), model(), "models"),
]
TAKES = [
    (asked(parts=(PICTURE,)), model(input_modalities=("text", "image"))),
    (asked(parts=(PICTURE, SOUND, DOCUMENT)), model()),
    (asked(tools=(TOOL,)), model()),
    (asked(tools=(TOOL,)), model(tools=True)),
    (asked(response_format=SCHEMA), model()),
    (asked(response_format={"type": "json_object"}), model(json_schema=False)),
    (asked(), model(tools=False, json_schema=False, input_modalities=("text",), context_window=100)),
    (asked(params={"max_tokens": "many"}), model(context_window=100)),
    (asked(params={"max_tokens": -5}), model(context_window=100)),
    (asked(params={"max_tokens": 900}), model(context_window=1000)),
    (asked(require_tags=("a",), tenant=TenantConfig("t", require_tags=("b",))), model(tags=("a", "b", "c"))),
    (asked(tenant=TenantConfig("t", models=("m",))), model()),
]


@pytest.mark.parametrize(("needs", "lacking", "reason"), LACKS)
def test_a_model_that_is_known_to_lack_something_is_kept_out_with_the_reason(needs, lacking, reason):
    """While another one can take it."""
    able = model("able", tags=needs.tags)
    needs = Needs(needs.models and (*needs.models, "able"), *(getattr(needs, f) for f in Needs.__slots__[1:]))
    assert excluded([lacking, able], needs) == {"m": reason}


@pytest.mark.parametrize(("needs", "lacking", "reason"), LACKS)
def test_where_none_is_left_the_error_names_what_removed_the_last(needs, lacking, reason):
    """So that the caller knows what to loosen."""
    with pytest.raises(NoModelLeft) as e:
        excluded([lacking], needs)
    assert e.value.facts["constraint"] == reason


@pytest.mark.parametrize(("needs", "able"), TAKES)
def test_what_a_model_can_do_or_may_be_able_to_do_keeps_it_in(needs, able):
    """What is not known is not held against it."""
    assert excluded([able], needs) == {}


def test_the_last_removed_names_the_constraint_and_the_message_the_others():
    """One has no tools, the other is too small."""
    with pytest.raises(NoModelLeft, match="before: a by tools") as e:
        excluded([model("a", tools=False), model("b", context_window=10)], asked(tools=(TOOL,)))
    assert e.value.facts["constraint"] == "context_window"


def test_a_model_that_lacks_two_things_is_told_with_the_first():
    """Each model once."""
    two = model("two", tools=False, context_window=10)
    assert excluded([two, model("able")], asked(tools=(TOOL,))) == {"two": "tools"}


def test_tags_of_query_and_tenant_are_required_together_each_once():
    """Those of the tenant first."""
    needs = asked(require_tags=("a", "b"), tenant=TenantConfig("t", require_tags=("b", "c")))
    assert needs.tags == ("b", "c", "a")


SIGHTED = (
    model("blind", input_modalities=("text",)),
    model("sighted", input_modalities=("text", "image"), tags=("eu",)),
    model("untold", tags=("eu",)),
)


def picture(**fields):
    """A query with a picture."""
    return Query(Question((ChatMessage("user", "What is this?", (PICTURE,)),)), **fields)


async def test_who_is_kept_out_is_logged_with_the_decision(build):
    """The policy sees the others alone, and an estimate from the log can tell why."""
    h = build(models=SIGHTED)
    routed = await h.router.route(picture(require_tags=("eu",)), h.me)
    assert [p.model for p in routed.decision.predictions] == ["sighted", "untold"]
    event = h.storage.log.read(0)[0].event
    assert event.constraints.models == ("sighted", "untold")
    assert event.constraints.excluded == {"blind": "require_tags:eu"}
    assert event.require_tags == ("eu",)


async def test_where_all_can_take_it_nothing_is_logged_of_models(build, ask):
    """The usual episode stays small."""
    h = build(models=SIGHTED)
    await h.router.route(ask(), h.me)
    constraints = h.storage.log.read(0)[0].event.constraints
    assert (constraints.models, constraints.excluded) == (None, {})


async def test_a_cascade_never_calls_who_was_kept_out(build, failing):
    """Also when all others have failed."""
    h = build(models=SIGHTED)
    h.caller.answers["sighted"] = failing()
    assert (await h.router.complete(picture(), h.me)).model == "untold"
    assert "blind" not in [name for name, *_ in h.caller.calls]


async def test_a_query_that_nobody_can_take_is_refused_before_anything_is_called_or_logged(build):
    """The constraint is a fact of the error."""
    h = build(models=SIGHTED[:1])
    with pytest.raises(NoModelLeft) as e:
        await h.router.complete(picture(), h.me)
    assert e.value.facts["constraint"] == "input_modalities:image"
    assert (h.caller.calls, h.storage.log.read(0)) == ([], [])


async def test_a_tenant_may_use_its_models_alone(build, ask):
    """Also where a request names others; another tenant may use all."""
    h = build(tenants=[TenantConfig("acme", models=("medium", "large"))])
    await h.router.route(ask(), h.me)
    assert h.policy.constraints.models == ("medium", "large")
    await h.router.route(ask(models=("small", "large")), h.me)
    assert h.policy.constraints.models == ("large",)
    assert h.policy.constraints.excluded == {"small": "models"}
    with pytest.raises(NoModelLeft) as e:
        await h.router.route(ask(models=("small",)), h.me)
    assert e.value.facts["constraint"] == "models"


async def test_a_disabled_tenants_queries_are_refused(build, ask):
    """Routed or answered."""
    h = build(tenants=[TenantConfig("acme", enabled=False)])
    for call in (h.router.route, h.router.complete):
        with pytest.raises(TenantDisabled) as e:
            await call(ask(), h.me)
        assert e.value.facts["tenant"] == "acme"
    assert h.storage.log.read(0) == []
