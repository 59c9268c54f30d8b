"""What callers may tell and ask for: configured judges, costs that can be, parameters that some model takes."""

from dataclasses import replace

import pytest
from pointsman_learner.types import Verdict
from pointsman_service.application.outcomes import MOST_USD, OutcomeTaker, most_usd
from pointsman_service.domain import ModelConfig, Usage
from pointsman_service.domain.requests import Outcome
from pointsman_service.errors import InvalidRequest

PRICED = ModelConfig(
    "small", "openai", "small", None, None, 0.15, 0.6, context_window=128_000, max_output_tokens=16_000
)


async def told(h, ask, judges=frozenset({"format", "mine"}), **outcome):
    """Report it of a routed episode, with these judges configured."""
    taker = OutcomeTaker(h.storage.log, h.models, lambda: h.clock.now, judges=judges)
    episode_id = (await h.router.route(ask(), h.me)).episode_id
    return await taker.report(Outcome(**({"episode_id": episode_id, "usage": Usage()} | outcome)), h.me)


async def test_verdicts_are_of_configured_judges_alone(build, ask):
    """An invented name is told by its field, with the nearest; nothing is logged."""
    h = build()
    await told(h, ask, verdicts=(Verdict("mine", 0.5),))
    before = len(h.storage.log.read(0))
    with pytest.raises(InvalidRequest) as error:
        await told(h, ask, verdicts=(Verdict("mine", 0.5), Verdict("minne", 0.5)))
    assert error.value.violations == [("verdicts[1].judge", "no judge is named 'minne'; did you mean \"mine\"?")]
    assert len(h.storage.log.read(0)) == before + 1  # the episode that it was told of
    with pytest.raises(InvalidRequest, match='kind = "reported"'):
        await told(h, ask, judges=frozenset(), verdicts=(Verdict("mine", 0.5),))


def test_what_a_call_can_have_cost_follows_from_its_model():
    """A hundred times a full window; a thousand dollars where nobody knows."""
    assert most_usd(PRICED) == pytest.approx(100 * (0.0192 + 0.0096))
    assert most_usd(None) == MOST_USD
    assert most_usd(replace(PRICED, input_usd_per_million=0.0, output_usd_per_million=0.0)) == 1.0
    assert most_usd(replace(PRICED, input_usd_per_million=1e9, output_usd_per_million=1e9)) == MOST_USD


@pytest.mark.parametrize(
    ("outcome", "field"),
    [
        ({"cost_usd": 10_000.0}, "cost_usd"),
        ({"cost_usd": 3.0}, "cost_usd"),
        ({"usage": Usage(100_000_000, None, 100_000_000)}, "usage"),
        ({"verdicts": (Verdict("mine", 0.5, cost_usd=101.0),)}, "verdicts[0].cost_usd"),
    ],
)
async def test_a_cost_that_cannot_be_is_refused(build, ask, outcome, field):
    """One report of $10,000 turned the router for every tenant."""
    h = build(models=(PRICED,))
    with pytest.raises(InvalidRequest) as error:
        await told(h, ask, **outcome)
    assert [violation[0] for violation in error.value.violations] == [field]


async def test_a_parameter_that_no_model_takes_is_refused_by_name(build, ask):
    """Before anybody is called or anything is logged; one that some model takes is not."""
    h = build(models=(replace(PRICED, allow_params=("priority",)), ModelConfig("large", "openai", "large")))
    query = ask()
    hostile = replace(query, question=replace(query.question, params={"api_base": "http://x", "temprature": 0}))
    for call in (h.router.route, h.router.complete):
        with pytest.raises(InvalidRequest) as error:
            await call(hostile, h.me)
        assert {field for field, _ in error.value.violations} == {"query.params.extra_json"}
        assert 'did you mean "temperature"' in str(error.value)
    assert h.storage.log.read(0) == []
    await h.router.route(replace(query, question=replace(query.question, params={"priority": 1})), h.me)
