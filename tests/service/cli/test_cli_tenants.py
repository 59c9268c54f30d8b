"""`pointsman tenants`: budgets, dials and models of those who ask."""

import pytest
from pointsman import v1


def test_set_creates_a_tenant_that_is_not_configured_and_says_so(say, fake, rows):
    """An operator need not know whether it is there."""
    assert "created" in say(
        "tenants", "set", "team-a", "--ceiling", "10", "--period", "1h30m", "--dial", "0.4", err=True
    )
    found = rows("tenants", "show", "team-a")
    assert (found["ceiling_usd"], found["period_s"], found["preference"]["dial"]) == (10.0, 5400.0, 0.4)
    assert found["usd_per_thousand"] is None
    assert fake.last(v1.CreateTenantRequest).tenant.tenant == "team-a"


def test_set_changes_only_what_was_said(say, fake, rows):
    """As with models."""
    say("tenants", "set", "team-a", "--ceiling", "10", "--usd-per-1k", "3", "--baseline", "starter-large")
    out = say("tenants", "set", "team-a", "--ceiling", "20")
    assert out.split() == ["ceiling_usd", "10.000", "->", "20.000"]
    assert list(fake.last(v1.UpdateTenantRequest).update_mask.paths) == ["ceiling_usd"]
    assert rows("tenants", "show", "team-a")["baseline"] == "starter-large"


def test_a_tenant_observes_and_routes_again(say, fails, rows, fake):
    """By a word; another one is refused with the nearest."""
    say("tenants", "set", "team-a", "--mode", "observe")
    assert rows("tenants", "show", "team-a")["mode"] == "observe"
    assert say("tenants", "set", "team-a", "--mode", "route").split() == ["mode", "observe", "->", "route"]
    assert list(fake.last(v1.UpdateTenantRequest).update_mask.paths) == ["mode"]
    assert 'did you mean "observe"' in fails(2, "tenants", "set", "team-a", "--mode", "obsrve")


def test_a_dial_takes_the_place_of_a_lambda(say, fake, rows):
    """They exclude each other, so both are named."""
    say("tenants", "set", "team-a", "--cost-weight", "100", "--latency-weight", "0.5")
    say("tenants", "set", "team-a", "--dial", "0.3")
    mask = fake.last(v1.UpdateTenantRequest).update_mask
    assert sorted(mask.paths) == ["preference.cost_weight", "preference.dial"]
    preference = rows("tenants", "show", "team-a")["preference"]
    assert (preference["dial"], preference["cost_weight"], preference["latency_weight"]) == (0.3, None, 0.5)


def test_models_join_those_that_it_may_use(say, rows):
    """`--unset models` first leaves those alone that are said."""
    say("tenants", "set", "team-a", "--model", "starter-small")
    say("tenants", "set", "team-a", "--model", "starter-large", "--require-tag", "region:eu")
    assert rows("tenants", "show", "team-a")["models"] == ["starter-small", "starter-large"]
    say("tenants", "set", "team-a", "--unset", "models", "--model", "starter-large")
    assert rows("tenants", "show", "team-a")["models"] == ["starter-large"]
    say("tenants", "set", "team-a", "--unset", "preference.dial", "--unset", "models")
    assert rows("tenants", "show", "team-a")["models"] == []


def test_tenants_are_listed_disabled_enabled_and_removed(say, rows):
    """With what they have spent."""
    say("tenants", "set", "team-a", "--ceiling", "10")
    assert "team-a" in say("tenants", "list")
    assert rows("tenants", "disable", "team-a")["enabled"] is False
    assert rows("tenants", "enable", "team-a")["enabled"] is True
    assert rows("tenants", "remove", "team-a") == {"tenant": "team-a", "removed": True}
    assert rows("tenants", "list") == []
    assert "tenants set NAME" in say("tenants", "list")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["set", "a", "--dial", "0.1", "--cost-weight", "2"], "not both"),
        (["set", "new"], "say what to change"),
        (["set", "a", "--unset", "models"], "'a'"),
        (["set", "a", "--ceiling", "1", "--etag", "x"], "'a'"),
        (["set", "a", "--period", "long"], "no length of time"),
        (["show", "nobody"], "tenants list"),
        (["remove", "nobody"], "nobody"),
    ],
    ids=lambda v: v if isinstance(v, str) else " ".join(v),
)
def test_what_cannot_be_meant_is_one_line_and_exit_code_2(fails, arguments, word):
    """A tenant that shall be changed, not created, must be there."""
    assert word in fails(2, "tenants", *arguments)


def test_a_list_of_models_does_not_fail_open(say, fails, rows):
    """Who takes the last one out does not mean that every model may be called from now on."""
    say("tenants", "set", "team-a", "--model", "starter-small")
    assert "--unset models" in fails(2, "tenants", "set", "team-a", "--unset", "models.starter-small")
    assert rows("tenants", "show", "team-a")["models"] == ["starter-small"]
