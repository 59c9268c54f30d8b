"""Who calls, what they may do, and as which tenant."""

import os

import pytest
from pointsman_service.application.access import MAX_CREDENTIAL, Access
from pointsman_service.application.tenants import TenantBook
from pointsman_service.domain import TenantConfig
from pointsman_service.domain.api_keys import ApiKey, make_key
from pointsman_service.domain.identity import ANYONE, EVERY_TENANT
from pointsman_service.errors import PermissionDenied, Unauthenticated, UnknownTenant

CI, OPS, OLD, GUESS = (make_key(os.urandom) for _ in range(4))
KEYS = (
    ApiKey("ci", CI.id, CI.sha256, "team-a", ("call", "feedback"), ("team-b",)),
    ApiKey("ops", OPS.id, OPS.sha256, "default", ("admin", "read"), (EVERY_TENANT,)),
    ApiKey("old", OLD.id, OLD.sha256, "team-a", ("call",), expires_at=50.0),
)


@pytest.fixture
def book():
    """Three tenants, and the default one."""
    return TenantBook([TenantConfig(name) for name in ("team-a", "team-b", "team-c")])


@pytest.fixture
def access(book):
    """With keys asked for, at second 100."""
    access = Access(book, lambda: 100.0, enabled=True)
    access.put_in_force(KEYS)
    return access


def test_a_key_stands_for_its_owner(access):
    """With name, tenant and roles, whatever case the scheme is written in."""
    for value in (f"Bearer {CI.text}", f"bearer  {CI.text} "):
        who = access.identify([value])
        assert (who.name, who.tenant, who.roles, who.authenticated) == ("ci", "team-a", {"call", "feedback"}, True)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["Bearer"],
        ["Bearer "],
        [CI.text],
        [f"Basic {CI.text}"],
        [f"Bearer {CI.text}", f"Bearer {OPS.text}"],
        [f"Bearer {CI.text}", f"Bearer {CI.text}"],
        [f"Bearer {CI.text}0"],
        [f"Bearer {CI.text[:-1]}"],
        [f"Bearer {CI.text.upper()}"],
        [f"Bearer {CI.sha256}"],
        ["Bearer " + "x" * MAX_CREDENTIAL],
        [f"Bearer {' ' * MAX_CREDENTIAL}{CI.text}"],
        ["Bearer a.b.c"],
        [f"Bearer {GUESS.text}"],
        [f"Bearer {OLD.text}"],
    ],
)
def test_what_is_no_valid_key_is_nobody(access, values):
    """Nothing, another scheme, two, a changed one, its hash, what is too long, a token, a guess, an expired one."""
    with pytest.raises(Unauthenticated):
        access.identify(values)


def test_a_guess_a_wrong_secret_and_a_revoked_key_are_one_answer(access):
    """So nobody learns which ids there are, or were."""
    said = set()
    wrong_secret = f"pm_{CI.id}_{GUESS.text.rpartition('_')[2]}"
    for text in (GUESS.text, wrong_secret, "no key at all"):
        with pytest.raises(Unauthenticated) as refused:
            access.identify([f"Bearer {text}"])
        said.add((str(refused.value), tuple(refused.value.facts)))
    access.put_in_force(())
    with pytest.raises(Unauthenticated) as refused:
        access.identify([f"Bearer {CI.text}"])
    assert said == {(str(refused.value), ())}


def test_no_refusal_repeats_what_came(access):
    """A key in an error would be in a log."""
    for text in (GUESS.text, OLD.text, f"{CI.text}0"):
        with pytest.raises(Unauthenticated) as refused:
            access.identify([f"Bearer {text}"])
        assert text not in str(refused.value)


def test_a_call_without_a_key_hears_how_one_is_made(access):
    """The first key can only be made on the machine with the folder."""
    with pytest.raises(Unauthenticated, match="pointsman keys create"):
        access.identify([])


def test_without_authentication_anyone_may_do_anything(book):
    """Whatever comes in the header."""
    access = Access(book, lambda: 0.0)
    assert access.identify(["Bearer nonsense"]) is ANYONE
    access.require(ANYONE, "admin")
    assert access.tenant_of(ANYONE, "team-c") == "team-c"


def test_a_role_is_had_or_not(access):
    """`admin` does not hold the others."""
    ci, ops = (access.identify([f"Bearer {key.text}"]) for key in (CI, OPS))
    access.require(ci, "call")
    access.require(ops, "admin")
    for identity, role in ((ci, "admin"), (ci, "read"), (ops, "call")):
        with pytest.raises(PermissionDenied) as denied:
            access.require(identity, role)
        assert denied.value.facts == {"needs": role}


def test_a_call_is_its_keys_tenants_or_one_that_it_acts_for(access):
    """Without the header the key's own; a stranger's is refused."""
    ci = access.identify([f"Bearer {CI.text}"])
    assert [access.tenant_of(ci, asked) for asked in (None, "team-a", "team-b")] == ["team-a", "team-a", "team-b"]
    with pytest.raises(PermissionDenied):
        access.tenant_of(ci, "team-c")


def test_a_stranger_does_not_learn_which_tenants_there_are(access):
    """One that exists and one that doesn't are refused in the same words."""
    ci = access.identify([f"Bearer {CI.text}"])
    said = set()
    for tenant in ("team-c", "nobody"):
        with pytest.raises(PermissionDenied) as denied:
            access.tenant_of(ci, tenant)
        said.add(str(denied.value).replace(tenant, "T"))
    assert len(said) == 1


def test_a_tenant_that_nobody_configured_is_refused(access, book):
    """With what was probably meant; the default one is always there."""
    ops = access.identify([f"Bearer {OPS.text}"])
    assert access.tenant_of(ops, None) == "default"
    for asking, who in ((access, ops), (Access(book, lambda: 0.0), ANYONE)):
        with pytest.raises(UnknownTenant, match='did you mean "team-a"') as unknown:
            asking.tenant_of(who, "taem-a")
        assert unknown.value.facts == {"tenant": "taem-a"}


def test_open_tenants_take_any_name(book):
    """Where the file says so; that a key acts for them must still be."""
    access = Access(book, lambda: 100.0, enabled=True, open_tenants=True)
    access.put_in_force(KEYS)
    assert access.tenant_of(ANYONE, "new") == "new"
    with pytest.raises(PermissionDenied):
        access.tenant_of(access.identify([f"Bearer {CI.text}"]), "new")


def test_a_near_miss_is_no_other_tenants_name(book):
    """A key whose own tenant is gone hears of those only that it acts for."""
    access = Access(book, lambda: 0.0, enabled=True)
    access.put_in_force([ApiKey("lost", CI.id, CI.sha256, "team-z", ("call",), ("team-b",))])
    with pytest.raises(UnknownTenant) as unknown:
        access.tenant_of(access.identify([f"Bearer {CI.text}"]), None)
    assert "team-a" not in str(unknown.value)
    assert "team-c" not in str(unknown.value)


def test_who_has_no_valid_key_is_heard_of_without_what_was_sent(book):
    """Each time: whoever tells of it bounds the lines. Who has one is not."""
    heard = []
    access = Access(book, lambda: 100.0, enabled=True, stranger=heard.append)
    access.put_in_force(KEYS)
    access.identify([f"Bearer {CI.text}"])
    assert heard == []
    for values in ([], [f"Bearer {GUESS.text}"], [f"Bearer {OLD.text}"]):
        with pytest.raises(Unauthenticated):
            access.identify(values)
    assert len(heard) == 3
    assert "'old' has expired" in heard[2]
    assert not any(key.text in why for why in heard for key in (GUESS, OLD))
