"""What a start says before the first call fails or costs what nobody expects."""

from pointsman_service.config import parse
from pointsman_service.process.declaring import declare


async def test_a_start_names_each_key_that_is_missing_or_not_as_it_should_be(tmp_path, monkeypatch):
    """One line each; a model that is disabled needs none."""
    monkeypatch.setenv("GOOD_KEY", "sk-1")
    monkeypatch.setenv("LINE_KEY", "sk-1\n")
    monkeypatch.delenv("NO_KEY", raising=False)
    models = [
        {
            "name": name,
            "base_url": "http://127.0.0.1:9/v1",
            "api_key_env": key,
            "enabled": name != "off",
            "unpriced": True,
        }
        for name, key in (("a", "GOOD_KEY"), ("b", "LINE_KEY"), ("c", "NO_KEY"), ("d", "NO_KEY"), ("off", "OTHER_KEY"))
    ]
    lines = await declare(parse({"models": models, "storage": {"folder": str(tmp_path)}, "server": {"port": 0}}))
    about_keys = [line for line in lines if "_KEY" in line]
    assert len(about_keys) == 2
    assert "LINE_KEY" in about_keys[0]
    assert about_keys[1] == "set NO_KEY in the service's environment: it is not set, and every call of c, d will fail"


async def test_a_start_names_each_model_whose_price_nobody_knows(tmp_path):
    """It may run, and somebody should know; a price of nothing is a price."""
    address = {"base_url": "http://127.0.0.1:9/v1"}
    free = {"input_usd_per_million": 0.0, "output_usd_per_million": 0.0}
    models = [{"name": "a", **address, "unpriced": True}, {"name": "b", **address, **free}]
    lines = await declare(parse({"models": models, "storage": {"folder": str(tmp_path)}, "server": {"port": 0}}))
    assert [line.partition(" (")[0] for line in lines] == ["nobody knows what a costs"]


async def test_a_start_names_a_judge_that_has_nothing_to_read(tmp_path):
    """Earlier answers are compared with; here they are not kept."""
    sections = {"judges": [{"name": "before", "kind": "retrieval"}], "server": {"port": 0}}
    for kept, wanted in (("hash", 1), ("full", 0)):
        storage = {"folder": str(tmp_path / kept), "store_prompts": kept}
        lines = await declare(parse({**sections, "storage": storage}))
        assert sum("the judge before finds nothing" in line for line in lines) == wanted
