"""`pointsman models`: a change changes what was said, and nothing else."""

import grpc
import pytest
from pointsman import v1

from .fake_service import Refusal

NAME = "starter-small"


def test_set_sends_only_what_was_said(say, fake):
    """The mask names the price, the message carries the name and the price."""
    say("models", "set", NAME, "--input-price", "2")
    update = fake.last(v1.UpdateModelRequest)
    assert list(update.update_mask.paths) == ["input_usd_per_million"]
    assert update.model == v1.Model(model=NAME, input_usd_per_million=2.0)


def test_set_leaves_the_rest_as_it_was_and_says_what_changed(say, rows):
    """From which value to which."""
    before = rows("models", "show", NAME)
    out = say("models", "set", NAME, "--input-price", "2", "--context-window", "8000")
    assert out.split() == ["input_usd_per_million", "1.000", "->", "2.000", "context_window", "-", "->", "8,000"]
    after = rows("models", "show", NAME)
    assert after.pop("etag") != before.pop("etag")
    assert after == {**before, "input_usd_per_million": 2.0, "context_window": 8000}


def test_set_of_what_is_so_already_says_so(say):
    """An operator who repeats himself learns that he did."""
    assert "nothing changed" in say("models", "set", NAME, "--input-price", "1", err=True)


def test_zero_and_no_are_values(say, rows):
    """Not what is left out."""
    say("models", "set", NAME, "--input-price", "0", "--no-tools")
    after = rows("models", "show", NAME)
    assert (after["input_usd_per_million"], after["capabilities"]["tools"]) == (0.0, False)
    assert after["capabilities"]["streaming"] is None


@pytest.mark.parametrize("word", ["input-price", "--input-price", "input_usd_per_million"])
def test_unset_clears_a_field_by_any_of_its_names(say, fake, rows, word):
    """As the option has it, or the contract."""
    say("models", "set", NAME, "--unset", word)
    assert list(fake.last(v1.UpdateModelRequest).update_mask.paths) == ["input_usd_per_million"]
    assert rows("models", "show", NAME)["input_usd_per_million"] is None


def test_lists_grow_and_lose_single_entries(say, rows):
    """A tag that is said joins those there."""
    say("models", "set", NAME, "--tag", "region:eu", "--tag", "gold")
    say("models", "set", NAME, "--tag", "zero-data-retention", "--tag", "gold")
    assert rows("models", "show", NAME)["tags"] == ["region:eu", "gold", "zero-data-retention"]
    say("models", "set", NAME, "--unset", "tags.gold")
    assert rows("models", "show", NAME)["tags"] == ["region:eu", "zero-data-retention"]
    say("models", "set", NAME, "--unset", "tags", "--tag", "only")
    assert rows("models", "show", NAME)["tags"] == ["only"]
    say("models", "set", NAME, "--unset", "tags.only")
    assert rows("models", "show", NAME)["tags"] == []


def test_parameters_join_those_there(say, rows):
    """JSON where it is JSON, else a text."""
    say("models", "set", NAME, "--param", "temperature=0.2", "--param", 'stop=["END"]')
    say("models", "set", NAME, "--param", "user=anna", "--param", "temperature=0")
    assert rows("models", "show", NAME)["params"] == {"temperature": 0, "stop": ["END"], "user": "anna"}
    say("models", "set", NAME, "--unset", "params.stop")
    assert rows("models", "show", NAME)["params"] == {"temperature": 0, "user": "anna"}
    say("models", "set", NAME, "--unset", "params.user", "--unset", "params.temperature")
    assert rows("models", "show", NAME)["params"] is None


def test_deployments_are_changed_by_name(say, rows):
    """What is not said of one stays."""
    say("models", "set", NAME, "--deployment", "eu base_url=https://eu/v1 requests_per_minute=60 region=eu")
    say("models", "set", NAME, "--deployment", "us base_url=https://us/v1", "--deployment", "eu requests_per_minute=90")
    eu, us = rows("models", "show", NAME)["deployments"]
    assert (eu["deployment"], eu["base_url"], eu["requests_per_minute"]) == ("eu", "https://eu/v1", 90)
    assert us["base_url"] == "https://us/v1"
    assert "deployments" in say("models", "show", NAME)
    say("models", "set", NAME, "--unset", "deployments.eu")
    assert [d["deployment"] for d in rows("models", "show", NAME)["deployments"]] == ["us"]


def test_a_change_that_rests_on_what_was_read_is_computed_anew_where_somebody_was_quicker(say, fake, rows):
    """The etag that was read goes with it."""
    fake.refuse["UpdateModel"] = Refusal(grpc.StatusCode.ABORTED, "STALE_ETAG")
    say("models", "set", NAME, "--tag", "eu")
    first, again = [r for r in fake.requests if isinstance(r, v1.UpdateModelRequest)]
    assert first.model.etag == again.model.etag == "r1"
    assert rows("models", "show", NAME)["tags"] == ["eu"]


def test_an_etag_that_was_given_is_held_to(fails, fake):
    """No second attempt: the operator decides."""
    assert "look at it again" in fails(2, "models", "set", NAME, "--input-price", "2", "--etag", "old")
    assert sum(isinstance(r, v1.UpdateModelRequest) for r in fake.requests) == 1


def test_add_sends_the_whole_model(say, fake, rows):
    """And refuses one that is there."""
    say(
        "models", "add", "gpt-x", "--adapter", "litellm", "--provider-model", "openai/gpt-x", "--api-key-env", "KEY",
        "--output-price", "8", "--cost-source", "response", "--input-modality", "text", "--input-modality", "image",
        "--json-schema", "--tag", "region:us", "--disabled",
    )  # fmt: skip
    sent = fake.last(v1.CreateModelRequest).model
    assert (sent.adapter, sent.cost_source) == (v1.ADAPTER_LITELLM, v1.COST_SOURCE_RESPONSE)
    found = rows("models", "show", "gpt-x")
    assert found["capabilities"]["input_modalities"] == ["text", "image"]
    assert (found["enabled"], found["input_usd_per_million"], found["output_usd_per_million"]) == (False, None, 8.0)


def test_add_of_one_that_is_there_is_refused(fails):
    """`set` changes it."""
    assert "there already" in fails(2, "models", "add", NAME)


def test_models_are_disabled_enabled_and_removed(say, rows, fake):
    """Each by its own call."""
    assert rows("models", "disable", NAME)["enabled"] is False
    assert "enabled" in say("models", "enable", NAME, err=True)
    assert rows("models", "remove", NAME) == {"model": NAME, "removed": True}
    assert [m["model"] for m in rows("models", "list")] == ["starter-large"]
    assert fake.last(v1.DeleteModelRequest).model == NAME


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["set", NAME], "--input-price"),
        (["set", NAME, "--unset", "input_prise"], "input_usd_per_million"),
        (["set", NAME, "--unset", "tags.nothing"], "no entries"),
        (["set", NAME, "--unset", "base_url.x"], "name the field alone"),
        (["set", NAME, "--adapter", "openia"], '"openai"'),
        (["set", NAME, "--param", "temperature"], "KEY=VALUE"),
        (["set", NAME, "--deployment", "eu bas_url=x"], '"base_url"'),
        (["set", NAME, "--deployment", "eu requests_per_minute=many"], "whole number"),
        (["set", "nobody", "--input-price", "1"], "nobody"),
        (["show", "nobody"], "models list"),
        (["disable", "nobody"], "nobody"),
    ],
    ids=lambda v: v if isinstance(v, str) else " ".join(v),
)
def test_what_cannot_be_meant_is_one_line_and_exit_code_2(fails, arguments, word):
    """With the near miss, or what to say instead."""
    assert word in fails(2, "models", *arguments)


def test_a_field_that_the_service_refuses_is_named_by_its_option(fails, fake):
    """An operator typed the option, not the contract's path."""
    violations = [
        ("model.input_usd_per_million", "must be 0 or more"),
        ("model.deployments[0].base_url", "must be http"),
    ]
    fake.refuse["UpdateModel"] = Refusal(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST", "x", violations)
    line = fails(2, "models", "set", NAME, "--input-price", "2")
    assert line == "pointsman: --input-price: must be 0 or more; --deployment: must be http\n"


def test_who_changes_is_told(say, fake, monkeypatch):
    """The option, else the environment, else login and host."""
    say("models", "disable", NAME, "--operator", "anna@ops")
    monkeypatch.setenv("POINTSMAN_OPERATOR", "bert")
    say("models", "enable", NAME)
    monkeypatch.delenv("POINTSMAN_OPERATOR")
    monkeypatch.setenv("LOGNAME", "cleo")
    monkeypatch.setattr("socket.gethostname", lambda: "h\u00f6st")
    say("models", "disable", NAME)
    assert fake.operators == ["anna@ops", "bert", "cleo@h?st"]


def test_an_operator_that_cannot_be_sent_is_refused(fails):
    """Metadata is ASCII."""
    assert "--operator" in fails(2, "models", "disable", NAME, "--operator", "Zo\u00eb")


def test_priors_says_which_row_each_model_was_taken_for(say, rows):
    """By names, without a service: how, by category, and where the results are from."""
    found = rows("models", "priors", "azure/gpt-4o-mini", "gemma-2-2b-it", "chatgpt")
    taken = {m["model"]: (m["taken_for"], m["by"], m["outcomes"]) for m in found["models"]}
    assert taken == {
        "azure/gpt-4o-mini": ("gpt-4o-mini-2024-07-18", "name", 40.0),
        "gemma-2-2b-it": ("gemma-2-9b-it", "relative: 9b for 2b", 20.0),
        "chatgpt": (None, None, 0.0),
    }
    assert found["models"][0]["scores"]["mathematics"] == -0.82
    out = say("models", "priors", "azure/gpt-4o-mini", "chatgpt")
    assert "unknown" in out
    assert "results of 2026-07-01" in out


def test_priors_of_a_service_are_of_its_models(rows):
    """By their providers' names, and whether it uses them."""
    found = rows("models", "priors")
    assert NAME in [m["model"] for m in found["models"]]
    assert found["in_use"] is False


def test_priors_of_another_table(fails, tmp_path):
    """One that cannot be read is named."""
    assert "none.toml: cannot be read" in fails(2, "models", "priors", "a", "--results", str(tmp_path / "none.toml"))
