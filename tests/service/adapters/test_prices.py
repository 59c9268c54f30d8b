"""What is known of models: prices in force (configured, else litellm's map, else unknown), abilities, windows."""

import json
from dataclasses import replace

import pytest
from pointsman_service.adapters.prices.book import PriceBook
from pointsman_service.domain import Capabilities, ModelConfig, ModelPrices, Usage
from pointsman_service.errors import ConfigurationError


@pytest.fixture
def book(tmp_path) -> PriceBook:
    """A map with one priced model, one without prices, one that is free."""
    path = tmp_path / "map.json"
    priced = {"litellm_provider": "openai", "input_cost_per_token": 1e-6, "output_cost_per_token": 4e-6}
    free = {"litellm_provider": "ollama", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0}
    kinds = {
        "litellm_provider": "openai",
        "input_cost_per_token": 2e-6,
        "output_cost_per_token": 10e-6,
        "cache_read_input_token_cost": 0.5e-6,
        "cache_creation_input_token_cost": 2.5e-6,
        "output_cost_per_reasoning_token": 12e-6,
        "input_cost_per_audio_token": 40e-6,
        "input_cost_per_token_above_200k_tokens": 4e-6,
        "output_cost_per_token_above_200k_tokens": 15e-6,
        "max_output_tokens": 16384,
    }
    content = {"all-kinds": kinds, "gpt-x": priced, "pictures": {"litellm_provider": "openai"}, "ollama/l": free}
    content["note"] = "not an entry"
    path.write_text(json.dumps(content))
    return PriceBook(path)


def _model(name: str, given_in: float | None = None, given_out: float | None = None) -> ModelConfig:
    return ModelConfig("m", "litellm", name, None, None, given_in, given_out)


def test_listed_prices_are_per_million_tokens(book):
    """Litellm lists dollars per token."""
    prices = book(_model("gpt-x"))
    assert (prices.input_usd_per_million, prices.output_usd_per_million, prices.source) == (1.0, 4.0, "litellm")
    assert prices.cost_usd(1000, 500) == pytest.approx(0.003)


def test_configured_prices_win(book):
    """Both halves, or one half with the other from the map."""
    both = book(_model("gpt-x", 9.0, 8.0))
    assert (both.input_usd_per_million, both.output_usd_per_million, both.source) == (9.0, 8.0, "configured")
    half = book(_model("gpt-x", None, 8.0))
    assert (half.input_usd_per_million, half.output_usd_per_million) == (1.0, 8.0)


def test_half_a_price_is_none(book):
    """Where the map has no other half: never 0."""
    assert book(_model("nobody-knows", 2.0, None)) is None
    assert book(_model("nobody-knows", None, 2.0)) is None


def test_what_was_looked_up_stays(book):
    """A deployment's own name for the model does not change what it costs."""
    known = ModelPrices(5.0, 6.0, "litellm")
    assert book(replace(_model("gpt-x"), prices=known)) is known


def test_each_kind_of_token_has_its_price(book):
    """Of prompts that were read before, or are kept for later, of sound, of thoughts; long prompts cost more."""
    prices = book(_model("all-kinds"))
    assert prices.bill_usd(Usage(1000, None, 100)) == pytest.approx(0.003)
    assert prices.bill_usd(Usage(1000, 900, 100)) == pytest.approx(0.003 - 900 * 1.5e-6)
    assert prices.bill_usd(Usage(1000, None, 100, cache_write_tokens=400)) == pytest.approx(0.003 + 400 * 0.5e-6)
    assert prices.bill_usd(Usage(1000, None, 100, 60)) == pytest.approx(0.003 + 60 * 2e-6)
    assert prices.bill_usd(Usage(1000, None, 100, audio_input_tokens=500)) == pytest.approx(0.003 + 500 * 38e-6)
    assert prices.bill_usd(Usage(300_000, None, 100)) == pytest.approx(300_000 * 4e-6 + 100 * 15e-6)
    assert book.max_output_tokens(_model("all-kinds")) == 16384


def test_a_configured_price_keeps_the_maps_proportions(book):
    """Half of the list price for plain tokens is half for cached ones; a configured cached price is what it says."""
    half = book(_model("all-kinds", 1.0, 10.0))
    assert half.bill_usd(Usage(1000, 1000, 0)) == pytest.approx(1000 * 0.25e-6)
    assert half.bill_usd(Usage(300_000, None, 0)) == pytest.approx(300_000 * 2e-6)
    said = book(replace(_model("nobody-knows", 1.0, 10.0), cached_input_usd_per_million=0.1))
    assert said.bill_usd(Usage(1000, 1000, 0)) == pytest.approx(1000 * 0.1e-6)


def test_no_mix_of_tokens_costs_more_than_the_most(book):
    """What is held for a call covers every kind of token that it may turn out to be made of."""
    prices = book(_model("all-kinds"))
    for kinds in ({"cache_write_tokens": 1000}, {"audio_input_tokens": 1000}, {"reasoning_tokens": 100}):
        usage = Usage(input_tokens=1000, output_tokens=100, **kinds)
        assert prices.bill_usd(usage) <= prices.most_usd(1000, 100) + 1e-12
    assert prices.bill_usd(Usage(300_000, None, 100)) <= prices.most_usd(300_000, 100)


def test_a_provider_prefix_is_found_only_under_its_own_provider(book):
    """The map's gpt-x is "openai/gpt-x", and not another host's model of that name."""
    assert book(_model("openai/gpt-x")).input_usd_per_million == 1.0
    assert book(_model("elsewhere/gpt-x")) is None


def test_unknown_is_not_free(book):
    """None where nobody knows a price; zero only where the map says zero."""
    assert book(_model("nobody-knows")) is None
    assert book(_model("pictures")) is None
    assert book(_model("ollama/l")).cost_usd(1000, 1000) == 0.0


def test_what_a_listed_model_can_take_and_do(tmp_path):
    """A chat model takes text and what the map names, nothing else; of the rest, what is not said is not known."""
    path = tmp_path / "map.json"
    plain = {"mode": "chat", "supports_function_calling": True, "max_input_tokens": 8192}
    seeing = {"mode": "chat", "supports_vision": True, "supports_pdf_input": True, "supports_reasoning": False}
    listing = {"mode": "chat", "supported_modalities": ["text", "audio", "video"]}
    speech = {"mode": "audio_speech", "supports_vision": True}
    path.write_text(json.dumps({"plain": plain, "seeing": seeing, "listing": listing, "speech": speech}))
    book = PriceBook(path)
    assert book.capabilities(_model("plain")) == Capabilities(("text",), tools=True)
    assert book.capabilities(_model("seeing")) == Capabilities(("text", "image", "file"), reasoning=False)
    assert book.capabilities(_model("listing")) == Capabilities(("text", "audio"))
    assert book.capabilities(_model("speech")) == book.capabilities(_model("nobody-knows")) == Capabilities()
    assert (book.context_window(_model("plain")), book.context_window(_model("seeing"))) == (8192, None)


def test_the_map_that_ships_with_litellm_knows_common_models():
    """The installed package's file, without importing the package."""
    prices = PriceBook()(_model("gpt-4o-mini"))
    assert 0 < prices.input_usd_per_million < prices.output_usd_per_million
    assert PriceBook().capabilities(_model("openai/gpt-4o-mini")).tools
    assert PriceBook().context_window(_model("gpt-4o-mini")) == 128_000


@pytest.mark.parametrize("content", ["{oops", "[]"])
def test_a_broken_map_stops_with_its_name(tmp_path, content):
    """Wrong prices would be learnt from, so there is no guessing."""
    path = tmp_path / "map.json"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=r"map\.json.*reinstall litellm"):
        PriceBook(path)(_model("gpt-x"))


def test_configured_prices_need_no_map(tmp_path):
    """A map that is missing matters only to who needs it."""
    assert PriceBook(tmp_path / "missing.json")(_model("gpt-x", 1.0, 1.0)).source == "configured"


def test_without_litellm_only_configured_prices_are_known(monkeypatch):
    """The package is optional for prices."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert PriceBook()(_model("gpt-4o-mini")) is None
