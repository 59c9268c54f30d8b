"""Configuration: what is accepted, and the one line that says what is wrong and where."""

import pytest
from pointsman_learner.settings import LearnerSettings
from pointsman_service.config import load, parse
from pointsman_service.config.sections import ModelSection
from pointsman_service.domain import JudgeConfig, ModelConfig
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
            {"judges": [{"name": "r", "kind": "rubric"}]},
            "p.toml: judges.0: a rubric judge needs `model`, the configured model that judges",
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
            {"tenants": {"a": {"preference": 1.5}}},
            "p.toml: tenants.a.preference: input should be less than or equal to 1, not 1.5",
        ),
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
    model = ModelConfig("a", "openai", "a", "http://h/v1", None, 1.0, 2.0, params={"top_p": 1}, cost_from="response")
    assert ModelSection.of(model).to_domain() == model


def test_the_learner_takes_its_own_settings_and_survives_json():
    """`[learner.policy]` is LearnerSettings, and a child process gets the same ones."""
    settings = parse({"learner": {"policy": {"default_cost_weight": 5.0}}, "judges": [{"name": "f", "kind": "format"}]})
    assert settings.learner.policy == LearnerSettings(default_cost_weight=5.0)
    assert type(settings).model_validate_json(settings.model_dump_json()) == settings
    assert settings.judge_configs() == (JudgeConfig("f", "format"),)


def test_tenants_have_their_own_terms_or_the_default_ones():
    """A tenant without a section has that of "default"."""
    settings = parse({"tenants": {"default": {"preference": 0.2}, "a": {"usd_per_1k": 3.0}}})
    assert settings.tenant("a").usd_per_1k == 3.0
    assert settings.tenant("b").preference == 0.2
    assert parse({}).tenant("b").preference is None


def test_failures_may_be_a_number():
    """In TOML one writes 0.05, not "0.05"."""
    assert parse({"replay": {"failures": 0.05}}).replay.failures == "0.05"
