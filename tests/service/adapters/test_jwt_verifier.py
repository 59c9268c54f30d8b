"""Tokens of an issuer: whom they stand for, and every way in which one is none."""

import base64
import hashlib
import hmac
import json
import os
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pointsman_service.adapters.tokens.jwks_file import JwksFile
from pointsman_service.adapters.tokens.jwt_verifier import MOST_TRIED, REMEMBERED, JwtRules, JwtVerifier
from pointsman_service.domain.identity import Limits
from pointsman_service.errors import ConfigurationError, Unauthenticated

RSA, OTHER = (rsa.generate_private_key(public_exponent=65_537, key_size=2_048) for _ in range(2))
EC, ED = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
ISSUER, AUDIENCE = "https://issuer.example", "pointsman"


def public(key, kid, **more):
    """The public half as a JSON Web Key."""
    kinds = {rsa.RSAPrivateKey: "RS256", ec.EllipticCurvePrivateKey: "ES256", ed25519.Ed25519PrivateKey: "EdDSA"}
    (name,) = [name for kind, name in kinds.items() if isinstance(key, kind)]
    told = jwt.get_algorithm_by_name(name).to_jwk(key.public_key(), as_dict=True)
    return {**told, "kid": kid, **more}


def claims(**changed):
    """What a good token says; None takes a claim out."""
    said = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": time.time() + 60, "iat": time.time(),
        "tenant": "team-a", "roles": ["call", "read"], **changed,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value is not None}


def token(key=RSA, kid="r", algorithm="RS256", header=None, **changed):
    """A signed token."""
    return jwt.encode(claims(**changed), key, algorithm, headers={"kid": kid, **(header or {})})


def raw(header, payload, signature=b""):
    """Three parts, whatever they hold."""
    parts = (json.dumps(header).encode(), json.dumps(payload).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.fixture
def jwks(tmp_path):
    """The issuer's file, with a key of each kind."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [public(RSA, "r"), public(EC, "e"), public(ED, "d")]}))
    return file


@pytest.fixture
def verifier(jwks):
    """As the section makes it, with more or other rules where a test says so."""

    def make(**changed):
        rules = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_file": jwks, **changed}
        return JwtVerifier(JwtRules(**{"algorithms": ("RS256", "PS256", "ES256", "EdDSA"), **rules}))

    return make


@pytest.mark.parametrize(
    ("key", "kid", "algorithm"), [(RSA, "r", "RS256"), (RSA, "r", "PS256"), (EC, "e", "ES256"), (ED, "d", "EdDSA")]
)
def test_a_token_stands_for_its_subject(verifier, key, kid, algorithm):
    """By each kind of signature; with tenant and roles of the claims."""
    who = verifier().verify(token(key, kid, algorithm), time.time())
    assert (who.name, who.key_id, who.tenant, who.roles) == ("jwt:alice", "jwt:alice", "team-a", {"call", "read"})
    assert who.authenticated


def test_what_the_claims_say_in_other_words_is_understood(verifier):
    """Other names of claims, words in one text, several audiences, tenants that it acts for, limits of the section."""
    made = verifier(
        tenant_claim="org", roles_claim="scope", acts_for_claim="orgs", limits=Limits(requests_per_second=5.0)
    )
    said = {"org": "team-b", "scope": "openid call feedback", "orgs": ["team-c", "*"], "aud": ["other", AUDIENCE]}
    who = made.verify(token(**said, tenant=None, roles=None), time.time())
    assert (who.tenant, who.roles, who.acts_for) == ("team-b", {"call", "feedback"}, {"team-c", "*"})
    assert who.limits == Limits(requests_per_second=5.0)


def test_a_token_gives_no_more_than_the_section_says(verifier):
    """By default no operator's role; unknown roles are none."""
    asked = token(roles=["admin", "call", "root"])
    assert verifier().verify(asked, time.time()).roles == {"call"}
    assert verifier(roles=frozenset({"admin"})).verify(asked, time.time()).roles == {"admin"}


def test_a_token_without_a_tenant_is_nobodys(verifier):
    """Not the default tenant's."""
    who = verifier().verify(token(tenant=None), time.time())
    assert who.tenant is None
    assert not who.may_act_for("default")


RSA_PEM = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def hmac_with_the_public_key():
    """The classic: the public key as a shared secret."""
    unsigned = raw({"alg": "HS256", "kid": "r"}, claims()).rpartition(".")[0]
    digest = hmac.new(RSA_PEM, unsigned.encode(), hashlib.sha256).digest()
    return f"{unsigned}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


@pytest.mark.parametrize(
    "forged",
    [
        lambda: raw({"alg": "none"}, claims()),
        lambda: raw({"alg": "None", "kid": "r"}, claims()),
        lambda: raw({"kid": "r"}, claims()),
        lambda: raw({"alg": ["RS256"], "kid": "r"}, claims()),
        hmac_with_the_public_key,
        lambda: token(OTHER),
        lambda: token(OTHER, kid="unknown"),
        lambda: token(kid="unknown"),
        lambda: token(kid="e"),
        lambda: token(EC, "r", "ES256"),
        lambda: token(OTHER, header={"jwk": public(OTHER, "x"), "jku": "https://evil.example/jwks"}),
        lambda: token(header={"crit": ["exp"]}),
        lambda: token(algorithm="RS512"),
        lambda: token(exp=time.time() - 31),
        lambda: token(exp=None),
        lambda: token(exp="soon"),
        lambda: token(exp=10**400),
        lambda: token(nbf=time.time() + 60),
        lambda: token(iat=time.time() + 60),
        lambda: token(iss="https://evil.example"),
        lambda: token(iss=None),
        lambda: token(aud="another"),
        lambda: token(aud=None),
        lambda: token(sub=None),
        lambda: token(sub=""),
        lambda: token(sub="x" * 201),
        lambda: token(sub="a\nb"),
        lambda: token(tenant="a b"),
        lambda: token(tenant=["team-a"]),
        lambda: f"{token().rpartition('.')[0]}.",
        lambda: f"{token()}A",
        lambda: "..",
        lambda: "a.b.c",
        lambda: raw([], claims()),
        lambda: raw({"alg": "RS256", "kid": "r"}, []),
        lambda: raw({"alg": "RS256", "kid": {"a": 1}}, claims()),
    ],
)
def test_what_is_no_token_of_the_issuer_for_us_is_refused(verifier, forged):
    """Unsigned, with an HMAC, another's key or algorithm, out of its time, for others, or no token at all."""
    made = forged()
    with pytest.raises(Unauthenticated) as refused:
        verifier().verify(made, time.time())
    assert "alice" not in str(refused.value)
    assert made not in str(refused.value)


def test_a_changed_claim_breaks_the_signature(verifier):
    """Nobody makes an operator of oneself."""
    header, payload, signature = token().split(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "=="))
    changed = base64.urlsafe_b64encode(json.dumps({**said, "tenant": "team-b"}).encode()).decode().rstrip("=")
    with pytest.raises(Unauthenticated):
        verifier().verify(f"{header}.{changed}.{signature}", time.time())


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_other_text_is_refused_in_one_word(verifier, text):
    """Whatever it is, with dots or without."""
    with pytest.raises(Unauthenticated):
        verifier().verify(text, 0.0)
    with pytest.raises(Unauthenticated):
        verifier().verify(f"{text}.{text}.{text}", 0.0)


def test_a_token_that_is_remembered_ends_at_its_time(verifier):
    """Its signature is not checked twice, its end is."""
    made, good, now = verifier(), token(exp=int(time.time()) + 60), int(time.time())
    made.verify(good, now)
    assert made.verify(good, now + 89).name == "jwt:alice"  # the leeway
    with pytest.raises(Unauthenticated, match="expired"):
        made.verify(good, now + 90)


def test_a_token_is_taken_no_longer_than_the_section_says(verifier):
    """Whatever it says itself."""
    made, now = verifier(max_age_s=10.0), int(time.time())
    long = token(exp=now + 86_400, iat=now)
    made.verify(long, now)
    with pytest.raises(Unauthenticated):
        made.verify(long, now + 41)
    with pytest.raises(Unauthenticated, match="iat"):
        made.verify(token(iat=None), now)


def test_what_is_remembered_is_bounded(verifier):
    """A client may take a new token for each call."""
    made = verifier()
    for i in range(REMEMBERED + 5):
        made.verify(token(ED, "d", "EdDSA", sub=f"s-{i}"), time.time())
    assert len(made._known) == REMEMBERED


def test_keys_are_read_again_when_the_file_changes(jwks):
    """At most once a second; a key that is withdrawn signs nothing more, remembered tokens included."""
    clock = [0.0]
    made = JwtVerifier(JwtRules(ISSUER, AUDIENCE, jwks, ("RS256",)))
    made._file = JwksFile(jwks, lambda: clock[0])
    old, new = token(), token(OTHER, kid="n")
    made.verify(old, time.time())
    jwks.write_text(json.dumps({"keys": [public(OTHER, "n")]}))
    made.verify(old, time.time())
    clock[0] = 1.0
    assert made.verify(new, time.time()).name == "jwt:alice"
    with pytest.raises(Unauthenticated):
        made.verify(old, time.time())


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"keys": []}', '{"keys": 3}', '{"keys": [{"kty": "oct", "k": "AA"}]}']
)
def test_a_broken_file_stops_the_start_and_not_the_service(jwks, text):
    """One line each; the keys before stay."""
    clock = [0.0]
    made = JwtVerifier(JwtRules(ISSUER, AUDIENCE, jwks, ("RS256",)))
    made._file = JwksFile(jwks, lambda: clock[0])
    jwks.write_text(text)
    clock[0] = 1.0
    assert made.verify(token(), time.time()).name == "jwt:alice"
    with pytest.raises(ConfigurationError, match=r"auth\.jwt\.jwks_file"):
        JwksFile(jwks)
    jwks.unlink()
    with pytest.raises(ConfigurationError, match=r"auth\.jwt\.jwks_file"):
        JwksFile(jwks)
    clock[0] = 2.0
    assert made.verify(token(), time.time()).name == "jwt:alice"


def test_a_secret_among_the_keys_is_no_key(jwks):
    """Beside public ones it is passed over, and signs nothing."""
    secret = {"kty": "oct", "kid": "s", "k": base64.urlsafe_b64encode(os.urandom(32)).decode()}
    jwks.write_text(json.dumps({"keys": [secret, public(RSA, "r"), public(EC, "c", use="enc")]}))
    assert set(JwksFile(jwks).keys) == {"r"}


def test_a_key_is_for_the_algorithm_that_it_states(jwks):
    """And no other of its kind."""
    jwks.write_text(json.dumps({"keys": [public(RSA, "r", alg="PS256")]}))
    made = JwtVerifier(JwtRules(ISSUER, AUDIENCE, jwks, ("RS256", "PS256")))
    assert made.verify(token(algorithm="PS256"), time.time()).name == "jwt:alice"
    with pytest.raises(Unauthenticated):
        made.verify(token(algorithm="RS256"), time.time())


def nameless(key, **more):
    """A public key without an id."""
    return {name: value for name, value in public(key, "", **more).items() if name != "kid"}


def unnamed(key=RSA, algorithm="RS256"):
    """A token whose header names no key."""
    return jwt.encode(claims(), key, algorithm)


KEYS_IN_EACH_ORDER = [[RSA, OTHER, EC, ED], [ED, EC, OTHER, RSA]]


@pytest.mark.parametrize("keys", KEYS_IN_EACH_ORDER, ids=["first", "last"])
@pytest.mark.parametrize("named", [True, False], ids=["keys with ids", "keys without"])
@pytest.mark.parametrize(
    ("key", "algorithm"), [(RSA, "RS256"), (OTHER, "RS256"), (OTHER, "PS256"), (EC, "ES256"), (ED, "EdDSA")],
    ids=["rsa", "other rsa", "pss", "ec", "ed"],
)  # fmt: skip
def test_a_token_that_names_no_key_may_be_any_keys(jwks, keys, named, key, algorithm):
    """Of several, whichever is first in the file, and whether they have ids."""
    jwks.write_text(json.dumps({"keys": [public(k, f"k-{i}") if named else nameless(k) for i, k in enumerate(keys)]}))
    made = JwtVerifier(JwtRules(ISSUER, AUDIENCE, jwks, ("RS256", "PS256", "ES256", "EdDSA")))
    assert made.verify(unnamed(key, algorithm), time.time()).name == "jwt:alice"


def test_two_keys_may_have_one_id(jwks):
    """RFC 7517 advises against it, and allows it for keys of two kinds; no other key is tried."""
    jwks.write_text(json.dumps({"keys": [public(OTHER, "r"), public(RSA, "r"), public(EC, "r"), public(ED, "d")]}))
    made = JwtVerifier(JwtRules(ISSUER, AUDIENCE, jwks, ("RS256", "ES256", "EdDSA")))
    assert made.verify(token(RSA, "r"), time.time()).name == "jwt:alice"
    assert made.verify(token(EC, "r", "ES256"), time.time()).name == "jwt:alice"
    with pytest.raises(Unauthenticated):
        made.verify(token(ED, "r", "EdDSA"), time.time())


def test_a_token_that_names_a_key_may_be_that_of_one_without_an_id(jwks):
    """Where no key has the id; a key with another id is never tried for it."""
    jwks.write_text(json.dumps({"keys": [nameless(RSA), public(OTHER, "o")]}))
    made = JwtVerifier(JwtRules(ISSUER, AUDIENCE, jwks, ("RS256",)))
    assert made.verify(token(RSA, "whatever"), time.time()).name == "jwt:alice"
    with pytest.raises(Unauthenticated):
        made.verify(token(OTHER, "whatever"), time.time())


@pytest.mark.parametrize("named", [True, False], ids=["with kid", "without kid"])
def test_whoever_is_none_of_the_issuers_is_refused_by_every_key(jwks, named):
    """However many there are."""
    stranger = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    jwks.write_text(json.dumps({"keys": [nameless(RSA), nameless(OTHER), public(EC, "e")]}))
    made = JwtVerifier(JwtRules(ISSUER, AUDIENCE, jwks, ("RS256", "ES256")))
    with pytest.raises(Unauthenticated, match="signature"):
        made.verify(token(stranger, "s") if named else unnamed(stranger), time.time())


def test_the_keys_that_are_tried_are_bounded(jwks, monkeypatch):
    """Anybody may send a token: what one costs does not grow with the issuer's file."""
    jwks.write_text(json.dumps({"keys": [nameless(OTHER)] * 50 + [nameless(RSA)]}))
    made = JwtVerifier(JwtRules(ISSUER, AUDIENCE, jwks, ("RS256",)))
    tried, decode = [], jwt.decode
    monkeypatch.setattr(jwt, "decode", lambda *args, **more: tried.append(1) or decode(*args, **more))
    with pytest.raises(Unauthenticated):
        made.verify(unnamed(), time.time())
    assert len(tried) == MOST_TRIED


def test_a_rotated_file_has_the_old_and_the_new_key_for_a_while(jwks):
    """Without ids, too: both are taken, then only the new one."""
    clock = [0.0]
    jwks.write_text(json.dumps({"keys": [nameless(RSA)]}))
    made = JwtVerifier(JwtRules(ISSUER, AUDIENCE, jwks, ("RS256",)))
    made._file = JwksFile(jwks, lambda: clock[0])
    for at, keys, good, refused in ((1.0, [OTHER, RSA], [RSA, OTHER], []), (2.0, [OTHER], [OTHER], [RSA])):
        jwks.write_text(json.dumps({"keys": [nameless(key) for key in keys]}))
        clock[0] = at
        for key in good:
            assert made.verify(unnamed(key), time.time()).name == "jwt:alice"
        for key in refused:
            with pytest.raises(Unauthenticated):
                made.verify(unnamed(key), time.time())


ODD_KEYS = [
    {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"},
    {"kty": "OKP", "crv": "X25519", "x": "AA"},
    {"kty": "RSA", "n": "AA"},
    {"kty": "RSA", "alg": "RSA-OAEP", "n": "AQAB", "e": "AQAB"},
    {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": 7},
]


@pytest.mark.parametrize("odd", ODD_KEYS, ids=range(len(ODD_KEYS)))
def test_a_key_that_is_not_understood_spoils_no_other(jwks, odd):
    """It is passed over, as RFC 7517 says."""
    jwks.write_text(json.dumps({"keys": [odd, nameless(RSA)]}))
    made = JwtVerifier(JwtRules(ISSUER, AUDIENCE, jwks, ("RS256",)))
    assert made.verify(unnamed(), time.time()).name == "jwt:alice"


def test_a_key_that_is_not_for_checking_signatures_checks_none(jwks):
    """By its `key_ops`."""
    jwks.write_text(json.dumps({"keys": [public(RSA, "r", key_ops=["encrypt"]), public(EC, "e", key_ops=["verify"])]}))
    assert set(JwksFile(jwks).keys) == {"e"}
