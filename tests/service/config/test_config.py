"""Configuration: what is accepted, and the one line that says what is wrong and where."""

import pytest
from pointsman_learner.settings import LearnerSettings
from pointsman_service.config import load, parse
from pointsman_service.config.entries import ModelSection
from pointsman_service.domain import Capabilities, Deployment, JudgeConfig, ModelConfig
from pointsman_service.domain.preference import Preference
from pointsman_service.errors import ConfigurationError

SMALL = {"name": "small", "base_url": "http://127.0.0.1:1/v1"}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    """No variable of the machine leaks into a test."""
    import os

    for name in list(os.environ):
        if name.startswith("POINTSMAN_"):
            monkeypatch.delenv(name)


def refused(data, **kwargs):
    """The message of the refusal."""
    with pytest.raises(ConfigurationError) as e:
        parse(data, source="p.toml", **kwargs)
    assert "\n" not in str(e.value)
    return str(e.value)


def test_an_empty_configuration_is_the_starter_replay_table():
    """A newcomer needs no file: recorded answers stand in."""
    settings = parse({})
    assert settings.on_replay
    assert settings.replay.table == "starter"
    assert [j.name for j in settings.judge_configs()] == ["format", "agreement"]


def test_configured_models_switch_the_replay_off():
    """With a model of one's own, nothing is replayed unless asked for."""
    assert not parse({"models": [SMALL]}).on_replay
    assert parse({"models": [SMALL], "replay": {"enabled": True}}).on_replay


def test_a_model_with_an_address_is_called_directly_and_one_without_through_litellm():
    """The adapter follows from the address, and the provider's name from the model's."""
    settings = parse({"models": [SMALL, {"name": "s", "provider_model": "anthropic/claude"}]})
    direct, through = settings.model_configs()
    assert (direct.adapter, direct.provider_model) == ("openai", "small")
    assert (through.adapter, through.provider_model) == ("litellm", "anthropic/claude")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"server": {"prot": 1}}, 'p.toml: server.prot: unknown key; did you mean "port"?'),
        ({"sever": {}}, 'p.toml: sever: unknown key; did you mean "server"?'),
        (
            {"models": [SMALL, {"name": "b", "bse_url": "x"}]},
            'p.toml: models.1.bse_url: unknown key; did you mean "base_url"?',
        ),
        (
            {"tenants": {"a": {"celing_usd": 1}}},
            'p.toml: tenants.a.celing_usd: unknown key; did you mean "ceiling_usd"?',
        ),
        (
            {"exploration": {"mode": "shadow"}},
            'p.toml: exploration: mode "shadow" needs usd_per_day, the dollars that its calls may cost in a day',
        ),
        (
            {"exploration": {"mode": "dark"}},
            "p.toml: exploration.mode: input should be 'live', 'shadow' or 'off', not 'dark'",
        ),
        (
            {"tenants": {"a": {"mode": "watch"}}},
            "p.toml: tenants.a.mode: input should be 'route' or 'observe', not 'watch'",
        ),
        (
            {"models": [{**SMALL, "base_url": "ftp://x"}]},
            'p.toml: models.0.base_url: must begin with "http://" or "https://"',
        ),
        ({"models": [{}]}, "p.toml: models.0.name: is missing"),
        ({"server": {"port": 70000}}, "p.toml: server.port: input should be less than or equal to 65535, not 70000"),
        ({"models": [SMALL, SMALL]}, "p.toml: models: entries 0 and 1 are both named 'small'"),
        ({"models": [{**SMALL, "enabled": False}]}, "p.toml: models: every model is disabled; enable at least one"),
        (
            {"replay": {"enabled": False}},
            "p.toml: models: none is configured and replay.enabled is false; add a [[models]] entry",
        ),
        ({"models": [{"name": "a", "adapter": "openai"}]}, 'p.toml: models.0: adapter "openai" needs a base_url'),
        (
            {"models": [{**SMALL, "api_key_env": "sk-123"}]},
            "p.toml: models.0.api_key_env: must be the name of an environment variable, never the key itself",
        ),
        (
            {"server": {"max_json_chars": 99}},
            "p.toml: server.max_json_chars: input should be greater than or equal to 100, not 99",
        ),
        (
            {"judges": [{"name": "r", "kind": "rubric"}]},
            "p.toml: judges.0: a rubric judge needs `model`, the configured model that judges",
        ),
        (
            {"judges": [{"name": "r", "kind": "reported", "options": {"a": 1}}]},
            "p.toml: judges.0: a reported judge has no `model` and no `options`: callers ask it, and report",
        ),
        (
            {"models": [SMALL], "judges": [{"name": "r", "kind": "rubric", "model": "smal"}]},
            "p.toml: judges.0.model: no model is named 'smal'; did you mean \"small\"?",
        ),
        (
            {"learner": {"policy": {"exploraton": 1}}},
            "p.toml: learner.policy: unknown key 'exploraton'; did you mean \"exploration\"?",
        ),
        (
            {"learner": {"policy": {"parts": {"drft": False}}}},
            "p.toml: learner.policy: unknown key 'drft'; did you mean \"drift\"?",
        ),
        (
            {"learner": {"policy": {"exploration": -0.5}}},
            "p.toml: learner.policy: exploration: a share from 0 to 1",
        ),
        ({"replay": {"failures": "tmeout=1"}}, "p.toml: replay.failures: failure rate 'tmeout'"),
        (
            {"tenants": {"a": {"preference": {"dial": 1.5}}}},
            "p.toml: tenants.a.preference.dial: input should be less than or equal to 1, not 1.5",
        ),
        (
            {"tenants": {"a": {"preference": {"dial": 0.5, "cost_weight": 1.0}}}},
            "p.toml: tenants.a.preference: dial and cost_weight say the same in two ways; set one of them",
        ),
        (
            {"models": [SMALL], "tenants": {"a": {"baseline": "smal"}}},
            "p.toml: tenants.a.baseline: no model is named 'smal'; did you mean \"small\"?",
        ),
        (
            {"models": [{**SMALL, "tags": ["a b"]}]},
            "p.toml: models.0.tags.0: string should match pattern",
        ),
        (
            {"models": [{**SMALL, "deployments": [{"name": "a"}, {"name": "a"}]}]},
            "p.toml: models.0.deployments: entries 0 and 1 are both named 'a'",
        ),
        ({"models": [{**SMALL, "base_url": "http://"}]}, "p.toml: models.0.base_url: must begin with"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(data, message):
    """What is wrong, where, and the near miss."""
    assert refused(data).startswith(message)


def test_several_mistakes_are_counted():
    """The first is told in full, the others by number."""
    assert refused({"server": {"port": -1, "workers": 0}}).endswith("(and 1 more)")


def test_the_environment_wins_and_a_mistake_in_it_is_told_as_its_own(monkeypatch):
    """A variable overrides one key and leaves its neighbours."""
    monkeypatch.setenv("POINTSMAN_SERVER__PORT", "7070")
    settings = parse({"server": {"port": 1, "grace_s": 3.0}})
    assert (settings.server.port, settings.server.grace_s) == (7070, 3.0)
    monkeypatch.setenv("POINTSMAN_SERVER__PORT", "many")
    assert refused({}).startswith("environment: POINTSMAN_SERVER__PORT: input should be a valid integer")


def test_a_list_in_the_environment_is_json(monkeypatch):
    """And what is no JSON is told."""
    monkeypatch.setenv("POINTSMAN_MODELS", '[{"name": "e", "base_url": "http://h/v1"}]')
    assert [m.name for m in parse({}).models] == ["e"]
    monkeypatch.setenv("POINTSMAN_MODELS", "e")
    assert "lists and tables are given as JSON" in refused({})


def test_an_unknown_section_in_the_environment_is_refused(monkeypatch):
    """Only names with two underscores are ours to judge."""
    monkeypatch.setenv("POINTSMAN_API_KEY", "x")
    parse({})
    monkeypatch.setenv("POINTSMAN_SEVER__PORT", "1")
    assert refused({}) == 'environment: POINTSMAN_SEVER__PORT: unknown section; did you mean "server"?'


def test_paths_in_a_file_are_relative_to_the_file(tmp_path, monkeypatch):
    """The working directory does not matter; named tables are no paths."""
    file = tmp_path / "p.toml"
    file.write_text('[storage]\nfolder = "data"\n[replay]\ntable = "starter"\n[learner]\ntaxonomy = "t.toml"\n')
    settings = load(file)
    assert settings.storage.folder == tmp_path / "data"
    assert settings.learner.taxonomy == tmp_path / "t.toml"
    assert settings.replay.table == "starter"
    monkeypatch.setenv("POINTSMAN_CONFIG", str(file))
    assert load() == settings


def test_a_file_that_cannot_be_read_is_one_line(tmp_path):
    """Missing, not TOML, not text, a folder."""
    for path, content, message in [
        (tmp_path / "none.toml", None, "no such file"),
        (tmp_path / "bad.toml", b"[server\n", "not valid TOML"),
        (tmp_path / "binary.toml", b"\xff\xfe\x00", "cannot be read"),
    ]:
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ConfigurationError, match=message):
            load(path)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path)


def test_without_a_file_the_defaults_serve():
    """No path, no POINTSMAN_CONFIG."""
    assert load().server.port == 50051


def test_models_go_to_the_domain_and_back():
    """What the replay provider configures passes through a child's settings unharmed."""
    model = ModelConfig("a", "openai", "a", "http://h/v1", None, 1.0, 2.0, params={"top_p": 1}, cost_source="response")
    assert ModelSection.of(model).to_domain() == model


def test_the_learner_takes_its_own_settings_and_survives_json():
    """`[learner.policy]` is LearnerSettings, and a child process gets the same ones."""
    settings = parse({"learner": {"policy": {"default_cost_weight": 5.0}}, "judges": [{"name": "f", "kind": "format"}]})
    assert settings.learner.policy == LearnerSettings(default_cost_weight=5.0)
    child = type(settings).model_validate_json(settings.model_dump_json())
    assert child.model_dump() == settings.model_dump()
    assert settings.judge_configs() == (JudgeConfig("f", "format"),)


def test_a_tenants_terms_go_to_the_domain():
    """The preference is a table, each field by itself."""
    tenant = {
        "usd_per_thousand": 3.0,
        "preference": {"dial": 0.2, "max_latency_ms": 900},
        "require_tags": ["region:eu"],
    }
    (section,) = parse({"tenants": {"a": tenant}}).tenants.values()
    config = section.to_domain("a")
    assert (config.usd_per_thousand, config.require_tags, config.models) == (3.0, ("region:eu",), None)
    assert config.preference == Preference(dial=0.2, max_latency_ms=900.0)


def test_a_model_may_have_abilities_tags_and_several_deployments():
    """With an address each, it is called directly."""
    deployments = [{"name": "eu", "base_url": "http://eu/v1", "requests_per_minute": 60}, {"name": "us"}]
    abilities = {"capabilities": {"input_modalities": ["text", "image"], "tools": False}, "context_window": 8192}
    data = {"name": "m", "tags": ["region:eu"], "deployments": deployments, **abilities}
    (model,) = parse({"models": [data]}).model_configs()
    assert (model.adapter, model.tags, model.context_window) == ("litellm", ("region:eu",), 8192)
    assert model.capabilities == Capabilities(("text", "image"), tools=False)
    assert model.deployments[0] == Deployment("eu", base_url="http://eu/v1", requests_per_minute=60)
    data["deployments"][1]["base_url"] = "http://us/v1"
    assert parse({"models": [data]}).model_configs()[0].adapter == "openai"


def test_a_variable_with_one_underscore_is_refused_with_what_was_meant(monkeypatch):
    """It would be read by nobody; near misses too. What belongs to others stays."""
    monkeypatch.setenv("POINTSMAN_SERVER_PORT", "7070")
    assert refused({}) == "environment: POINTSMAN_SERVER_PORT: is not read; did you mean POINTSMAN_SERVER__PORT?"
    monkeypatch.delenv("POINTSMAN_SERVER_PORT")
    monkeypatch.setenv("POINTSMAN_STORAGE_FOLDR", "x")
    assert refused({}).endswith("did you mean POINTSMAN_STORAGE__FOLDER?")
    monkeypatch.delenv("POINTSMAN_STORAGE_FOLDR")
    monkeypatch.setenv("POINTSMAN_TENANTS_TEAM_A_CEILING_USD", "3")
    assert refused({}).endswith("did you mean POINTSMAN_TENANTS__TEAM_A__CEILING_USD?")
    monkeypatch.delenv("POINTSMAN_TENANTS_TEAM_A_CEILING_USD")
    monkeypatch.setenv("POINTSMAN_LEARNER_POLICY_EXPLORATION", "0")
    assert refused({}).endswith("did you mean POINTSMAN_LEARNER__POLICY__EXPLORATION?")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POINTSMAN_CONFIG_DIR", "x"),
        ("POINTSMAN_ADDRESS", "h:1"),
        ("POINTSMAN_TENANT", "acme"),
        ("POINTSMAN_OPERATOR", "ann"),
        ("POINTSMAN_MODELS_API_KEY", "sk-1"),
        ("POINTSMAN_SERVER_HOST_KEY", "x"),
        ("POINTSMAN_SERVER_PORT", "tcp://10.0.0.1:50051"),
        ("POINTSMAN_SERVER_SERVICE_HOST", "10.0.0.1"),
        ("POINTSMAN_SERVER_SERVICE_PORT_GRPC", "50051"),
        ("POINTSMAN_SERVER_PORT_50051_TCP_ADDR", "10.0.0.1"),
    ],
)
def test_variables_of_others_are_left_alone(monkeypatch, name, value):
    """The client's own, and what Kubernetes sets beside a service that is named pointsman-server."""
    monkeypatch.setenv(name, value)
    parse({})


def test_a_providers_key_may_have_a_name_like_ours(monkeypatch):
    """A model or a deployment says that it is read."""
    monkeypatch.setenv("POINTSMAN_SERVER_HOST", "sk-1")
    assert "POINTSMAN_SERVER__HOST" in refused({})
    parse({"models": [{**SMALL, "api_key_env": "POINTSMAN_SERVER_HOST"}]})
    parse({"models": [{**SMALL, "deployments": [{"name": "a", "api_key_env": "POINTSMAN_SERVER_HOST"}]}]})


def test_the_storage_is_beside_the_file_unless_it_says_otherwise(tmp_path, monkeypatch):
    """Not in whatever folder the service was started from; the environment's word is relative to that one."""
    (tmp_path / "p.toml").write_text("[server]\nport = 1\n")
    assert load(tmp_path / "p.toml").storage.folder == tmp_path / "pointsman-data"
    assert str(load().storage.folder) == "pointsman-data"
    monkeypatch.setenv("POINTSMAN_STORAGE__FOLDER", "elsewhere")
    assert str(load(tmp_path / "p.toml").storage.folder) == "elsewhere"


def test_failures_may_be_a_number():
    """In TOML one writes 0.05, not "0.05"."""
    assert parse({"replay": {"failures": 0.05}}).replay.failures == "0.05"


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        ({"base_url": "http://user:secret@127.0.0.1/v1"}, "api_key_env"),
        ({"base_url": "http://127.0.0.1/v1", "params": {"stream": True}}, '"stream"'),
    ],
)
def test_an_address_with_a_password_and_parameters_of_the_query_are_refused(model, wrong):
    """Keys are named, never written down; what the query says, a default must not say."""
    with pytest.raises(ConfigurationError, match=wrong) as refused:
        parse({"models": [{"name": "a", **model}]})
    assert "secret" not in str(refused.value)
