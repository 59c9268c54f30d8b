"""What a change at run time may name: each way by which a key or a prompt could be led somewhere else."""

import pytest
from pointsman_service.domain.configuration import Change, Declared, InForce, Key, Layers
from pointsman_service.domain.configured import Deployment, ModelConfig
from pointsman_service.domain.host_port import canonical_host, is_of_the_cloud
from pointsman_service.domain.nameable import Nameable, misnamed

FILE = {
    Key("models", "a"): Declared(True, "file"),
    Key("models", "a", "base_url"): Declared("https://api.a.example/v1", "file"),
    Key("models", "a", "api_key_env"): Declared("A_TOKEN", "file"),
    Key("models", "b"): Declared(True, "file"),
    Key("models", "b", "base_url"): Declared("http://b.internal:8000/v1", "file"),
    Key("models", "c"): Declared(True, "file"),
    Key("models", "c", "api_key_env"): Declared("C_API_KEY", "file"),
    Key("models", "c", "deployments"): Declared([{"name": "eu", "base_url": "https://eu.c.example/v1"}], "file"),
}


def wrong(env=None, url=None, provider_model="m", nameable=Nameable(), deployments=()):  # noqa: B008 - frozen
    """Fields that are refused of a model that was put at run time."""
    model = ModelConfig("new", "openai", provider_model, url, env, deployments=deployments)
    layers = Layers(1, FILE, {Key("models", "new"): Change(True, "mallory", 0.0)})
    return [key.field for key, _ in misnamed(InForce(layers, models={"new": model}), "new", nameable)]


@pytest.mark.parametrize(
    ("env", "url"),
    [
        (None, "http://evil.example/v1"),
        (None, "http://b.internal:9999/v1"),
        (None, "https://b.internal:8000/v1"),
        ("A_TOKEN", "http://evil.example/v1"),
        ("A_TOKEN", "http://api.a.example/v1"),
        ("A_TOKEN", "https://api.a.example:8443/v1"),
        ("A_TOKEN", "https://eu.c.example/v1"),
        ("A_TOKEN", "http://b.internal:8000/v1"),
        ("A_TOKEN", "http://127.0.0.1:4000/v1"),
        ("OPENAI_API_KEY", "http://evil.example/v1"),
        ("OPENAI_API_KEY", "http://127.0.0.1:4000/v1"),
        ("OPENAI_API_KEY", "https://api.a.example/v1"),
        (None, "http://169.254.169.254/latest"),
        (None, "http://2852039166/latest"),
        (None, "http://[fe80::1]/v1"),
        (None, "http://metadata.google.internal/v1"),
        (None, "http://127.0.0.1.evil.example/v1"),
        (None, "http://localhost.evil.example/v1"),
    ],
)
def test_a_key_or_a_prompt_goes_nowhere_that_the_file_does_not_send_it(env, url):
    """The pair decides: a key of the file with another host of the file is not what the file says either."""
    assert wrong(env, url) == ["base_url"]


@pytest.mark.parametrize(
    ("env", "url"),
    [
        (None, "http://b.internal:8000/v2"),
        ("A_TOKEN", "https://api.a.example/other"),
        ("C_API_KEY", "https://eu.c.example/v1"),
        (None, "http://127.0.0.1:4000/v1"),
        (None, "http://localhost:4000/v1"),
        ("OPENAI_API_KEY", None),
        ("A_TOKEN", None),
    ],
)
def test_what_the_file_does_already_may_be_named(env, url):
    """And a model on this machine without a key, and a provider at its own address."""
    assert wrong(env, url) == []


@pytest.mark.parametrize("env", ["HOME", "AWS_SECRET_ACCESS_KEY", "POINTSMAN_API_KEY", "pointsman_x_api_key", "PATH"])
def test_other_variables_are_not_named(env):
    """Whose values a provider, or whoever listens there, would be sent."""
    assert wrong(env) == ["api_key_env"]
    assert wrong(env, "http://evil.example/v1") == ["api_key_env", "base_url"]


def test_what_the_file_lists_may_be_named_with_a_key():
    """By pattern, for every port or for one; the service's own variables and the cloud's addresses by no pattern."""
    of_team = Nameable(("TEAM_*",), ("*.corp.example",))
    at_one_port = Nameable(hosts=("gpu:8000",))
    anything = Nameable(("*",), ("*",))
    assert wrong("TEAM_SECRET", "https://llm.corp.example/v1", nameable=of_team) == []
    assert wrong("X_API_KEY", "http://gpu:8000/v1", nameable=at_one_port) == []
    assert wrong("X_API_KEY", "http://gpu:8001/v1", nameable=at_one_port) == ["base_url"]
    assert wrong("X_API_KEY", "http://169.254.169.254/v1", nameable=anything) == ["base_url"]
    assert wrong("POINTSMAN_API_KEY", "http://gpu:8000/v1", nameable=anything) == ["api_key_env"]
    assert wrong(None, "http://169.254.169.254/v1", nameable=Nameable(hosts=("169.254.169.254",))) == []
    assert wrong(None, "http://127.0.0.1:1/v1", nameable=Nameable(hosts=())) == ["base_url"]


@pytest.mark.parametrize("url", [r"http://evil.example\.corp.example/v1", "http://evil.example%2f.corp.example/v1"])
def test_a_host_that_could_be_read_in_two_ways_is_none_of_the_lists(url):
    """Whoever connects may see another host in it than whoever looks at it."""
    assert wrong(None, url, nameable=Nameable(hosts=("*.corp.example",))) == ["base_url"]


def test_a_deployment_is_looked_at_with_what_it_inherits():
    """A key of the model at an address of its own, or its own key at the model's address."""
    places = (Deployment("x", base_url="http://evil.example/v1"), Deployment("y", api_key_env="HOME"))
    refused = wrong("A_TOKEN", "https://api.a.example/v1", deployments=places)
    assert refused == ["deployments[0].base_url", "deployments[1].api_key_env", "deployments[1].base_url"]


def test_an_address_as_a_models_name_is_none():
    """Litellm takes some providers' addresses from the model's name."""
    assert wrong("HUGGINGFACE_API_KEY", None, "huggingface/https://evil.example/x") == ["provider_model"]


@pytest.mark.parametrize(
    ("host", "read"),
    [
        ("0251.0376.0251.0376", "169.254.169.254"),
        ("0x7f.1", "127.0.0.1"),
        ("::ffff:7f00:1", "127.0.0.1"),
        ("h-1.", "h-1"),
    ],
)
def test_an_address_is_known_in_every_spelling(host, read):
    """As resolvers read them."""
    assert canonical_host(host) == read


@pytest.mark.parametrize("host", ["169.254.169.254", "169.254.170.2", "fd00:ec2::254", "FE80::1", "::ffff:169.254.1.1"])
def test_where_clouds_give_out_credentials_is_known(host):
    """Link-local, and what other clouds use."""
    assert is_of_the_cloud(host)
