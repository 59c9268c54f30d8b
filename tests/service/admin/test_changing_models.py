"""Models are changed field by field, over whatever the file says, until the change is reset."""

import asyncio
from dataclasses import replace

import pytest
from pointsman_learner.types import Model
from pointsman_service.domain import Usage
from pointsman_service.domain.nameable import Nameable
from pointsman_service.domain.operations import ChangeContext, PageRequest
from pointsman_service.errors import (
    AlreadyExists,
    InUse,
    InvalidRequest,
    RequestConflict,
    StaleEtag,
    UnknownModel,
)

NEW = {"base_url": "http://h/v1", "input_usd_per_million": 3.0, "output_usd_per_million": 6.0, "tags": ["region:eu"]}


async def names(process):
    """Of the models, in order."""
    return [state.config.name for state in (await process.admin.list_models(PageRequest())).items]


async def test_a_price_changes_and_everything_else_of_the_model_stays(start, ann):
    """Address, key, adapter and parameters are as the file has them; the learner hears of the price alone."""
    process = await start()
    before = (await process.admin.get_model("small")).config
    done = await process.admin.update_model("small", {"input_usd_per_million": 2.0}, None, ann)
    assert done.now.config == replace(before, input_usd_per_million=2.0)
    assert process.models["small"].input_usd_per_million == 2.0
    assert not done.replayed


async def test_a_change_outlives_a_restart_with_the_same_file_and_is_told(start, ann, shown, clock):
    """`config show` names the origin, who and when, and what the file says."""
    first = await start()
    await first.admin.update_model("small", {"input_usd_per_million": 2.0}, None, ann)
    second = await start()
    assert second.models["small"].input_usd_per_million == 2.0
    value = (await shown(second))["models.small.input_usd_per_million"]
    assert (value.value, value.origin, value.hidden) == (2.0, "changed", 1.0)
    assert (value.changed_by, value.changed_at) == ("ann", clock.now)
    assert (await shown(second))["models.small.base_url"].origin == "file"


async def test_a_reset_brings_the_file_back(start, ann, shown):
    """One value, or all of a model."""
    process = await start()
    await process.admin.update_model("small", {"input_usd_per_million": 2.0, "enabled": False}, None, ann)
    done = await process.admin.reset_config("models.small.input_usd_per_million", ann)
    assert [(v.value, v.origin) for v in done.now] == [(1.0, "file")]
    assert not process.models["small"].enabled
    await process.admin.reset_config("models.small", ann)
    assert process.models["small"].enabled
    assert await shown(process, changed_only=True) == {}


async def test_the_file_may_change_under_a_change_and_shows_after_the_reset(start, ann, file):
    """Restarting with another file undoes no change; the reset then finds the new file."""
    await (await start()).admin.update_model("small", {"input_usd_per_million": 2.0}, None, ann)
    file["models"][0]["input_usd_per_million"] = 9.0
    process = await start(file)
    assert process.models["small"].input_usd_per_million == 2.0
    await process.admin.reset_config("models.small", ann)
    assert process.models["small"].input_usd_per_million == 9.0


async def test_a_cleared_field_is_as_if_nobody_had_said_it(start, ann, shown):
    """Also where the file says it; a default shows, here the provider's own name."""
    process = await start()
    done = await process.admin.update_model("small", {"provider_model": None, "params": None}, None, ann)
    assert (done.now.config.provider_model, done.now.config.params) == ("small", {})
    value = (await shown(process))["models.small.provider_model"]
    assert (value.value, value.origin, value.hidden) == ("small", "changed", "small-1")


async def test_a_model_is_added_with_all_that_is_said_of_it_and_no_more(start, ann, logged):
    """It stands behind the file's; the learner hears of it in the same transaction."""
    process = await start()
    done = await process.admin.create_model("new", NEW, ann)
    assert (done.now.config.tags, done.now.config.adapter) == (("region:eu",), "openai")
    assert await names(process) == ["small", "gpt-4.1", "judge", "new"]
    acted, put = logged(process)[-2:]
    assert (acted.method, acted.by, put.model) == ("CreateModel", "ann", Model("new", 3.0, 6.0))
    with pytest.raises(AlreadyExists):
        await process.admin.create_model("new", NEW, ann)


async def test_a_deleted_model_stays_away_until_it_is_reset(start, ann, shown, file):
    """Though the file declares it; only that it is gone is shown."""
    del file["tenants"]["default"]["baseline"]
    await (await start(file)).admin.delete_model("gpt-4.1", None, ann)
    process = await start(file)
    assert await names(process) == ["small", "judge"]
    (value,) = (await shown(process, "models.gpt-4.1")).values()
    assert (value.key, value.value, value.hidden) == ('models."gpt-4.1"', False, True)
    with pytest.raises(UnknownModel):
        await process.admin.get_model("gpt-4.1")
    await process.admin.reset_config('models."gpt-4.1"', ann)
    assert await names(process) == ["small", "gpt-4.1", "judge"]


async def test_a_model_made_again_after_its_removal_has_nothing_of_the_files(start, ann):
    """A create is the whole configuration."""
    process = await start()
    await process.admin.update_tenant("acme", {"models": None}, None, ann)
    await process.admin.delete_model("small", None, ann)
    made = (
        await process.admin.create_model("small", {"base_url": "http://other/v1", "unpriced": True}, ann)
    ).now.config
    assert (made.base_url, made.api_key_env, made.params) == ("http://other/v1", None, {})
    assert made.input_usd_per_million is None


async def test_a_stale_etag_is_refused_and_a_present_one_is_not(start, ann):
    """It changes with the model's own fields, and with nothing else."""
    process = await start()
    stale = (await process.admin.get_model("small")).etag
    other = (await process.admin.get_model("judge")).etag
    etag = (await process.admin.update_model("small", {"enabled": False}, stale, ann)).now.etag
    with pytest.raises(StaleEtag) as e:
        await process.admin.update_model("small", {"enabled": True}, stale, ann)
    assert e.value.facts["etag"] == etag
    assert (await process.admin.get_model("judge")).etag == other
    assert (await process.admin.update_model("small", {"enabled": True}, etag, ann)).now.etag == stale


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"base_url": "ftp://h"}, ("model.base_url", "http")),
        ({"api_key_env": "sk-123"}, ("model.api_key_env", "environment variable")),
        ({"input_usd_per_million": -1.0}, ("model.input_usd_per_million", "greater than or equal to 0")),
        ({"base_url": None, "adapter": "openai"}, ("model", "needs a base_url")),
        ({"params": "x"}, ("model.params_json", "dictionary")),
        ({"deployments": [{"name": "a", "base_url": "x"}]}, ("model.deployments[0].base_url", "http")),
        ({"deployments": [{"name": "-"}]}, ("model.deployments[0].deployment", "pattern")),
        ({"capabilities.input_modalities": ["smell"]}, ("model.capabilities.input_modalities[0]", "'text'")),
        ({"prise": 1}, ("model.prise", 'did you mean "params"|unknown key')),
    ],
)
async def test_what_the_file_would_refuse_is_refused_with_the_fields_path(start, ann, logged, fields, wrong):
    """As the contract names it; nothing is logged, and nothing changed."""
    process = await start()
    end, (path, why) = len(logged(process)), wrong
    with pytest.raises(InvalidRequest, match=why) as e:
        await process.admin.update_model("small", fields, None, ann)
    assert [field for field, _ in e.value.violations] == [path]
    assert len(logged(process)) == end


async def test_a_name_that_the_file_would_refuse_is_refused(start, ann):
    """`bad name!` was taken once, and stayed for ever."""
    with pytest.raises(InvalidRequest) as e:
        await (await start()).admin.create_model("bad name!", NEW, ann)
    assert e.value.violations[0][0] == "model.model"


async def test_a_model_that_something_needs_cannot_go(start, ann):
    """A judge, a tenant's list, a tenant's baseline; the error names it."""
    process = await start()
    for model, needed_by in (("judge", "judges.rubric.model"), ("small", "tenants.acme.models")):
        with pytest.raises(InUse) as e:
            await process.admin.delete_model(model, None, ann)
        assert e.value.facts["needed_by"] == needed_by
    with pytest.raises(InUse, match=r"tenants\.default\.baseline"):
        await process.admin.delete_model("gpt-4.1", None, ann)


@pytest.mark.parametrize(
    ("fields", "field", "why"),
    [
        ({}, "model.input_usd_per_million", "nobody knows what new costs: set input_usd_per_million and output_"),
        ({"input_usd_per_million": 1.0}, "model.output_usd_per_million", "must be set as well"),
        ({"output_usd_per_million": 1.0, "unpriced": True}, "model.input_usd_per_million", "must be set as well"),
    ],
)
async def test_a_model_whose_price_nobody_knows_is_refused(start, ann, fields, field, why):
    """It would answer for nothing, and be preferred for it. Half a price is none, and no word of consent to that."""
    process = await start()
    address = {"base_url": "http://h/v1"}
    with pytest.raises(InvalidRequest) as e:
        await process.admin.create_model("new", address | fields, ann)
    ((at, said),) = e.value.violations
    assert (at, said[: len(why)]) == (field, why)
    whole = {"input_usd_per_million": 0.0, "output_usd_per_million": 0.0}
    assert (await process.admin.create_model("new", address | whole, ann)).now.config.prices.bill_usd(
        Usage(9, None, 9)
    ) == 0
    unknown = (await process.admin.create_model("other", address | {"unpriced": True}, ann)).now.config
    assert (unknown.unpriced, unknown.prices) == (True, None)
    with pytest.raises(InvalidRequest, match="nobody knows"):
        await process.admin.update_model("other", {"unpriced": None}, None, ann)
    assert (await process.admin.get_model("other")).config.unpriced


async def test_the_last_enabled_model_stays_enabled(start, ann):
    """By disabling or deleting it, there would be nobody left to answer."""
    off = {"name": "b", "enabled": False, "unpriced": True}
    process = await start({"models": [{"name": "a", "unpriced": True}, off]})
    with pytest.raises(InUse, match="last model that is enabled"):
        await process.admin.update_model("a", {"enabled": False}, None, ann)
    with pytest.raises(InUse, match="last model that is enabled"):
        await process.admin.delete_model("a", None, ann)


async def test_the_same_request_id_changes_nothing_more(start, clock, logged):
    """The same content is answered with what is in force; other content, or another method, is a conflict."""
    process = await start()
    once = ChangeContext("ann", "r-1")
    assert not (await process.admin.update_model("small", {"enabled": False}, None, once)).replayed
    await process.admin.update_model("small", {"enabled": True}, None, ChangeContext("bob"))
    end = len(logged(process))
    again = await process.admin.update_model("small", {"enabled": False}, None, once)
    assert again.replayed
    assert again.now.config.enabled
    with pytest.raises(RequestConflict):
        await process.admin.update_model("small", {"enabled": True}, None, once)
    with pytest.raises(RequestConflict):
        await process.admin.delete_model("small", None, once)
    assert len(logged(process)) == end


async def test_a_model_that_was_added_can_be_chosen_though_nobody_learns(start, ann):
    """The static policy has it at once; the learner's snapshots have it when they come."""
    process = await start()
    await process.admin.create_model("new", NEW, ann)
    assert process.watch.current.models == ("small", "gpt-4.1", "judge", "new")


async def test_another_process_sees_a_change_at_its_next_look(start, ann):
    """The version is one row."""
    first, second = await start(), await start(declares=False)
    await first.admin.update_model("small", {"enabled": False}, None, ann)
    assert second.models["small"].enabled
    second.configuration.check()
    assert not second.models["small"].enabled


async def test_changes_of_two_processes_at_once_are_both_made(start):
    """Each is computed on what the other left, by compare-and-set; no field of either is lost."""
    first, second = await start(), await start(declares=False)
    work = [
        process.admin.update_model("small", {field: float(i + 1)}, None, ChangeContext("ann", f"{field}-{i}"))
        for i in range(10)
        for process, field in ((first, "input_usd_per_million"), (second, "output_usd_per_million"))
    ]
    await asyncio.gather(*work)
    for process in (first, second):
        config = (await process.admin.get_model("small")).config
        assert {config.input_usd_per_million, config.output_usd_per_million} <= {float(i + 1) for i in range(10)}
    changed = first.storage.configuration.read().changed
    assert len(changed) == 2


async def test_of_two_creations_at_once_one_is_told_that_it_exists(start, ann):
    """Also where both looked before either wrote."""
    first, second = await start(), await start(declares=False)
    done = await asyncio.gather(
        *(process.admin.create_model("new", NEW, ann) for process in (first, second)), return_exceptions=True
    )
    assert sorted(type(d).__name__ for d in done) == ["AlreadyExists", "Changed"]


async def test_pages_of_models_go_on_where_they_ended(start, ann):
    """Also where a model of the first page went away meanwhile."""
    process = await start()
    first = await process.admin.list_models(PageRequest(2))
    assert [s.config.name for s in first.items] == ["small", "gpt-4.1"]
    await process.admin.update_tenant("default", {"baseline": None}, None, ann)
    await process.admin.delete_model("gpt-4.1", None, ann)
    rest = await process.admin.list_models(PageRequest(2, first.next_token))
    assert [s.config.name for s in rest.items] == ["judge"]
    with pytest.raises(InvalidRequest, match="page_token"):
        await process.admin.list_models(PageRequest(2, "nonsense"))


async def test_parameters_with_addresses_and_keys_are_the_files_alone(start, ann, logged):
    """Changed or created at run time, a model's parameters say how to generate; nothing is logged of others."""
    process = await start()
    end = len(logged(process))
    hostile = {"params": {"top_p": 0.5, "api_base": "http://attacker.example", "extra_headers": {}}}
    for change in (
        process.admin.update_model("small", hostile, None, ann),
        process.admin.create_model("new", {**NEW, **hostile}, ann),
    ):
        with pytest.raises(InvalidRequest) as refused:
            await change
        said = dict(refused.value.violations)
        assert set(said) == {"model.params_json"}
    assert len(logged(process)) == end
    done = await process.admin.update_model("small", {"params": {"top_p": 0.5, "stream_options": False}}, None, ann)
    assert done.now.config.params == {"top_p": 0.5, "stream_options": False}


async def test_what_the_file_allows_callers_an_operator_may_set(start, ann, file):
    """By name, for that model."""
    file["models"][0]["allow_params"] = ["priority"]
    process = await start(file)
    done = await process.admin.update_model("small", {"params": {"priority": 1}}, None, ann)
    assert done.now.config.params == {"priority": 1}


async def test_a_change_cannot_lead_a_key_to_an_address_of_its_own(start, ann, logged):
    """By creating, by changing either half, by a deployment."""
    process = await start()
    evil = {"base_url": "http://evil.example/v1", "unpriced": True}
    for fields in (evil, {**evil, "api_key_env": "SMALL_KEY"}, {**evil, "deployments": [{"name": "x"}]}):
        with pytest.raises(InvalidRequest, match=r"\[admin\] base_url_hosts"):
            await process.admin.create_model("new", fields, ann)
    with pytest.raises(InvalidRequest, match=r"model.base_url: .* the key of SMALL_KEY"):
        await process.admin.update_model("small", {"base_url": "http://evil.example/v1"}, None, ann)
    with pytest.raises(InvalidRequest, match=r"model.api_key_env: .*\[admin\] key_env_pattern"):
        await process.admin.update_model("judge", {"api_key_env": "HOME"}, None, ann)
    place = {"name": "x", "base_url": "http://evil.example/v1"}
    with pytest.raises(InvalidRequest, match=r"model.deployments\[0\].base_url"):
        await process.admin.update_model("small", {"deployments": [place]}, None, ann)
    assert logged(process, "operator") == []


async def test_what_was_let_in_before_can_be_switched_off_and_not_on_again(start, ann):
    """A list that was narrowed since holds for each change that leaves the model callable."""
    process = await start()
    await process.admin.create_model("new", {"base_url": "http://h/v1", "unpriced": True}, ann)
    process.bounds.nameable = Nameable(hosts=())
    await process.admin.update_model("new", {"enabled": False}, None, ann)
    with pytest.raises(InvalidRequest, match="base_url_hosts"):
        await process.admin.update_model("new", {"enabled": True}, None, ann)
    await process.admin.update_model("small", {"input_usd_per_million": 2.0}, None, ann)
    await process.admin.delete_model("new", None, ann)


async def test_an_undone_change_cannot_bring_a_key_and_an_address_together(start, ann):
    """The file's key came back to an address that was allowed without one."""
    process = await start()
    process.bounds.nameable = Nameable()
    await process.admin.update_model("small", {"api_key_env": None}, None, ann)
    await process.admin.update_model("small", {"base_url": "http://127.0.0.1:4711/v1"}, None, ann)
    with pytest.raises(InvalidRequest, match=r"key: .* the key of SMALL_KEY"):
        await process.admin.reset_config("models.small.api_key_env", ann)
    await process.admin.reset_config("models.small", ann)


async def test_what_nobody_calls_may_name_anything_until_it_is_to_be_called(start, ann):
    """A disabled model is refused when it is enabled; one that a judge asks is asked though it is disabled."""
    process = await start()
    evil = {"base_url": "http://evil.example/v1", "unpriced": True, "enabled": False}
    await process.admin.create_model("new", evil, ann)
    with pytest.raises(InvalidRequest, match="base_url_hosts"):
        await process.admin.update_model("new", {"enabled": True}, None, ann)
    with pytest.raises(InvalidRequest, match="base_url_hosts"):
        await process.admin.update_model("judge", {"base_url": "http://evil.example/v1", "enabled": False}, None, ann)
