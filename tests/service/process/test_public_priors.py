"""What public results foretell is told once, in the log, and only where the file wants it."""

import pytest
from pointsman_learner.events import ModelPut, TaxonomyNodePut
from pointsman_service.adapters.sqlite.storage import open_storage
from pointsman_service.config import parse
from pointsman_service.errors import ConfigurationError
from pointsman_service.process.declaring import declare

OURS = 'date = "2026-07-01"\nsources = ["ours"]\n[[category]]\nid = "code"\ndescription = "Programs."\n[models]\n'


def settings_of(tmp_path, **learner):
    """Of one model that the public knows by its provider's name, and one that nobody knows."""
    price = {"base_url": "http://127.0.0.1:9/v1", "input_usd_per_million": 1.0, "output_usd_per_million": 2.0}
    models = [{"name": "fast", "provider_model": "gpt-4o-mini-2024-07-18", **price}, {"name": "house", **price}]
    sections = {"models": models, "storage": {"folder": str(tmp_path)}, "server": {"port": 0}}
    return parse({**sections, "learner": learner})


def told(tmp_path):
    """The models as they were told last, and the nodes."""
    storage = open_storage(tmp_path)
    events = [logged.event for logged in storage.log.read(0)]
    storage.close_blocking()
    models = {e.model.name: e.model for e in events if isinstance(e, ModelPut)}
    return models, [e.node for e in events if isinstance(e, TaxonomyNodePut)]


async def test_a_start_tells_what_public_results_foretell(tmp_path):
    """Of the model, by its provider's name, and of each node but the root."""
    await declare(settings_of(tmp_path, public_priors=True))
    models, nodes = told(tmp_path)
    assert dict(models["fast"].results)["mathematics"] == pytest.approx(-0.82)
    assert models["fast"].results_worth == 40.0
    assert (models["house"].results, models["house"].results_worth) == ((), None)
    assert [n["id"] for n in nodes if "nearness" not in n] == ["root"]


async def test_switched_off_it_tells_nothing_and_takes_back_what_was_told(tmp_path):
    """The log then says what it said before there were any."""
    await declare(settings_of(tmp_path, public_priors=True))
    await declare(settings_of(tmp_path, public_priors=False))
    models, nodes = told(tmp_path)
    assert models["fast"].results == ()
    assert "nearness" not in nodes[-1]


async def test_another_table_speaks_instead(tmp_path):
    """One of the operator's own, where the file names it."""
    (tmp_path / "ours.toml").write_text(OURS + "house = [10.0]\nother = [90.0]\n", encoding="utf-8")
    await declare(settings_of(tmp_path, public_priors=True, public_results=str(tmp_path / "ours.toml")))
    models, _ = told(tmp_path)
    assert (models["house"].results, models["fast"].results) == ((("code", -1.0),), ())


async def test_a_table_that_is_wrong_ends_the_start(tmp_path):
    """In one line that names it, and nothing is told."""
    (tmp_path / "ours.toml").write_text(OURS + "house = []\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"ours\.toml: models\.house: must be a list of 1 scores"):
        await declare(settings_of(tmp_path, public_priors=True, public_results=str(tmp_path / "ours.toml")))
