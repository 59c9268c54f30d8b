"""What a start says before the first call fails or costs what nobody expects."""

from pointsman_learner.events import OperatorActed
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
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


async def test_a_start_names_each_baseline_that_its_budget_does_not_pay_for(tmp_path):
    """Named, or the first model that is configured; where something is guaranteed at all."""
    address = {"base_url": "http://127.0.0.1:9/v1"}
    prices = {"dear": 30.0, "cheap": 0.3}
    models = [
        {"name": n, **address, "input_usd_per_million": usd, "output_usd_per_million": usd} for n, usd in prices.items()
    ]
    tenants = {
        "first": {"usd_per_thousand": 5.0},
        "named": {"usd_per_thousand": 5.0, "baseline": "cheap"},
        "unpaced": {},
        "unguarded": {"usd_per_thousand": 5.0, "alpha": 1.0},
        "rich": {"usd_per_thousand": 50.0},
    }
    sections = {"models": models, "tenants": tenants, "storage": {"folder": str(tmp_path)}, "server": {"port": 0}}
    (line,) = [line for line in await declare(parse(sections)) if "baseline" in line]
    assert line.startswith("tenants.first: 1,000 typical answers of its baseline dear cost about $15, and its budget")


async def test_a_start_names_each_baseline_that_its_tenant_may_not_call(tmp_path):
    """Where something hangs on it: a safe start, or a tenant that only observes."""
    address = {"base_url": "http://127.0.0.1:9/v1", "unpriced": True}
    models = [{"name": n, **address} for n in ("first", "other")]
    tenants = {
        "watching": {"mode": "observe", "models": ["other"]},
        "guarded": {"models": ["other"]},
        "fine": {"models": ["other"], "baseline": "other"},
        "free": {"models": ["other"], "alpha": 1.0},
    }
    sections = {"models": models, "tenants": tenants, "storage": {"folder": str(tmp_path)}, "server": {"port": 0}}
    told = [line for line in await declare(parse(sections)) if "baseline" in line]
    assert [line.partition(":")[0] for line in told] == ["tenants.watching", "tenants.guarded"]
    assert "nobody answers what names no model; set tenants.watching.baseline" in told[0]


async def test_a_start_names_a_judge_that_has_nothing_to_read(tmp_path):
    """Earlier answers are compared with; here they are not kept."""
    sections = {"judges": [{"name": "before", "kind": "retrieval"}], "server": {"port": 0}}
    for kept, wanted in (("hash", 1), ("full", 0)):
        storage = {"folder": str(tmp_path / kept), "store_prompts": kept}
        lines = await declare(parse({**sections, "storage": storage}))
        assert sum("the judge before finds nothing" in line for line in lines) == wanted


async def test_a_start_names_each_change_that_the_lists_would_not_take_now(tmp_path):
    """With how to undo it; a model that nobody asks is none, and where the lists have it there is no line."""
    file = {"models": [{"name": "a", "base_url": "http://127.0.0.1:9/v1", "unpriced": True}]}
    file |= {"storage": {"folder": str(tmp_path)}, "server": {"port": 0}}
    await declare(parse(file))
    new = {"": True, "base_url": "https://api.example.org/v1", "api_key_env": "NEW_SECRET", "unpriced": True}
    changes = {"models.new": new, "models.off": {**new, "enabled": False}}
    put = {".".join(filter(None, (entry, f))): v for entry, fields in changes.items() for f, v in fields.items()}
    storage = open_storage(tmp_path, StorageSettings())
    try:
        layers = storage.configuration.read()
        await storage.configuration.act(OperatorActed(1.0, "ann", "CreateModel", put=put), [], layers.version)
    finally:
        await storage.close()
    lines = [line for line in await declare(parse(file)) if "config reset" in line]
    assert [line.partition(" is in force, changed at run time by ann, though ")[0] for line in lines] == [
        "models.new.api_key_env",
        "models.new.base_url",
    ]
    assert all("`pointsman config reset models.new` undoes" in line for line in lines)
    file["admin"] = {"key_env_pattern": ["NEW_*"], "base_url_hosts": ["api.example.org"]}
    assert not [line for line in await declare(parse(file)) if "config reset" in line]
