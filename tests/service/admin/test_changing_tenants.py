"""Tenants: their ceilings hold at once, in every process; what they do not say is the default tenant's."""

import pytest
from pointsman_learner.events import BudgetPut
from pointsman_service.application.tenants import TenantBook
from pointsman_service.domain import TenantConfig
from pointsman_service.domain.operations import PageRequest
from pointsman_service.domain.preference import Preference
from pointsman_service.errors import AlreadyExists, BudgetExhausted, InvalidRequest, UnknownTenant


async def test_a_ceiling_holds_at_once_in_every_process(start, ann, clock):
    """The ledger reads it in the transaction that reserves; nobody has to look first."""
    first, second = await start(), await start(declares=False)
    await second.storage.ledger.reserve("acme", 0.9, clock.now)
    await first.admin.update_tenant("acme", {"ceiling_usd": 0.95}, None, ann)
    with pytest.raises(BudgetExhausted):
        await second.storage.ledger.reserve("acme", 0.09, clock.now)
    await first.admin.update_tenant("acme", {"ceiling_usd": None}, None, ann)
    await second.storage.ledger.reserve("acme", 100.0, clock.now)
    await first.admin.reset_config("tenants.acme.ceiling_usd", ann)
    with pytest.raises(BudgetExhausted):
        await second.storage.ledger.reserve("acme", 0.2, clock.now)


async def test_who_is_not_configured_has_the_default_tenants_ceiling_and_no_pace(start, ann, clock):
    """All of them together, each until it is configured."""
    process = await start()
    await process.admin.update_tenant("default", {"ceiling_usd": 0.5, "usd_per_thousand": 3.0}, None, ann)
    await process.storage.ledger.reserve("anyone", 0.4, clock.now)
    with pytest.raises(BudgetExhausted):
        await process.storage.ledger.reserve("another", 0.2, clock.now)
    assert process.tenants.of("anyone").usd_per_thousand is None
    await process.admin.create_tenant("anyone", {}, ann)
    await process.storage.ledger.reserve("anyone", 10.0, clock.now)


async def test_a_tenant_tells_what_it_spent_and_until_when(start, ann, clock):
    """Calls under way included."""
    process = await start()
    await process.storage.ledger.reserve("acme", 0.25, clock.now)
    state = await process.admin.get_tenant("acme")
    assert (state.spent_usd, state.period_ends_at) == (0.25, 1_020.0)
    assert state.config.ceiling_usd == 1.0
    assert (await process.admin.get_tenant("default")).period_ends_at is None


async def test_a_tenant_that_nobody_configured_is_as_the_default_tenant_is(start):
    """Its name is its own."""
    config = (await (await start()).admin.get_tenant("anyone")).config
    assert (config.name, config.preference.dial, config.baseline) == ("anyone", 0.5, "gpt-4.1")


async def test_the_baseline_is_the_first_model_where_nobody_names_one(start, ann):
    """Of who is configured and of who is not."""
    process = await start()
    assert (await process.admin.get_tenant("acme")).config.baseline == "gpt-4.1"
    await process.admin.update_tenant("default", {"baseline": None}, None, ann)
    assert {(await process.admin.get_tenant(name)).config.baseline for name in ("acme", "anyone")} == {"small"}


async def test_a_safe_start_is_for_a_baseline_that_somebody_chose(start, ann):
    """The first configured model is one; whoever says alpha has it, and the default tenant says it for all."""
    process = await start()
    assert {(await process.admin.get_tenant(name)).config.alpha for name in ("acme", "default", "anyone")} == {0.05}
    await process.admin.update_tenant("default", {"alpha": 1.0}, None, ann)
    await process.admin.update_tenant("acme", {"baseline": "small"}, None, ann)
    assert (await process.admin.get_tenant("acme")).config.guarantees_nothing
    await process.admin.update_tenant("acme", {"alpha": 0.2}, None, ann)
    assert (await process.admin.get_tenant("acme")).config.alpha == 0.2


def test_recorded_models_are_nobodys_baseline():
    """Those stand in where nobody configured any: nothing is guaranteed until somebody names one."""
    book = TenantBook()
    book.put_in_force([TenantConfig("acme", baseline="b"), TenantConfig("other")], "a", is_chosen=False)
    assert [(book.of(n).baseline, book.of(n).alpha) for n in ("acme", "other", "anyone")] == [
        ("b", 0.05),
        ("a", None),
        ("a", None),
    ]


async def test_what_a_tenant_does_not_say_is_the_default_tenants(start, ann):
    """Field by field; a cost weight of its own silences the default's dial."""
    process = await start()
    assert process.tenants.of("acme").preference.dial == 0.5
    await process.admin.update_tenant("default", {"preference.max_cost_usd": 0.1}, None, ann)
    await process.admin.update_tenant("acme", {"preference.cost_weight": 7.0}, None, ann)
    preference = process.tenants.of("acme").preference
    assert preference == Preference(cost_weight=7.0, max_cost_usd=0.1)


async def test_the_pace_is_told_to_the_learner_and_lifted(start, ann, logged):
    """In the transaction of the change."""
    process = await start()
    await process.admin.update_tenant("acme", {"usd_per_thousand": 5.0}, None, ann)
    assert logged(process)[-1] == BudgetPut(1_000.0, "acme", 5.0)
    await process.admin.delete_tenant("acme", None, ann)
    assert logged(process)[-1] == BudgetPut(1_000.0, "acme", None)


async def test_a_tenant_is_disabled_and_enabled(start, ann):
    """The router reads it from the book."""
    process = await start()
    await process.admin.update_tenant("acme", {"enabled": False}, None, ann)
    assert not process.tenants.of("acme").enabled
    await process.admin.update_tenant("acme", {"enabled": True}, None, ann)
    assert process.tenants.of("acme").enabled


async def test_tenants_are_listed_by_name_made_and_removed(start, ann):
    """A removed one is as the default tenant is, though the file declares it."""
    process = await start()
    await process.admin.create_tenant("beta", {"require_tags": ["region:eu"]}, ann)
    assert [s.config.name for s in (await process.admin.list_tenants(PageRequest())).items] == [
        "acme",
        "beta",
        "default",
    ]
    with pytest.raises(AlreadyExists):
        await process.admin.create_tenant("beta", {}, ann)
    await process.admin.delete_tenant("acme", None, ann)
    assert process.tenants.of("acme").models is None
    with pytest.raises(UnknownTenant, match='"beta"'):
        await process.admin.update_tenant("betta", {}, None, ann)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"baseline": "nobody"}, "tenant.baseline"),
        ({"models": ["small", "nobody"]}, "tenant.models"),
        ({"preference.dial": 0.1, "preference.cost_weight": 1.0}, "tenant.preference"),
        ({"preference": {"dial": 2.0}}, "tenant.preference.dial"),
        ({"period_s": 0.0}, "tenant.period_s"),
        ({"period_s": 1e-300}, "tenant.period_s"),
        ({"period_s": 1e300}, "tenant.period_s"),
        ({"ceiling_usd": 1e300}, "tenant.ceiling_usd"),
        ({"usd_per_thousand": 1e300}, "tenant.usd_per_thousand"),
        ({"usd_per_thousand": 0.0}, "tenant.usd_per_thousand"),
        ({"require_tags": ["a", "a"]}, "tenant.require_tags"),
    ],
)
async def test_what_the_file_would_refuse_is_refused(start, ann, fields, path):
    """With the path of the contract."""
    with pytest.raises(InvalidRequest) as e:
        await (await start()).admin.update_tenant("acme", fields, None, ann)
    assert [field for field, _ in e.value.violations] == [path]
