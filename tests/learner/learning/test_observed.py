"""What is learnt while a tenant only observes."""

from msgspec.structs import replace
from pointsman_learner.events import BudgetPut
from pointsman_learner.types import OBSERVED

from tests.learner.conftest import World


def test_the_pacer_follows_what_the_policy_would_have_spent():
    """Lambda moves nothing else: were the own model's dollars counted, every plan would be the cheapest."""
    world = World(feedback_rate=0.0).run(30)
    event = next(e for e, _ in reversed(world.events) if e.kind == "episode")
    spent = {}
    for would in ((), ("dear",), ("cheap",)):
        learner = World(feedback_rate=0.0).learner
        learner.apply_one(BudgetPut(0.0, "acme", 5.0))
        decision = replace(event.decision, model="dear", strategy=OBSERVED, would=would)
        before = learner.estimates.pacers["acme"].cost_weight
        for _ in range(20):
            learner.apply_one(replace(event, decision=decision))
        spent[would] = learner.estimates.pacers["acme"].cost_weight / before
    assert spent["cheap",] < spent[()] == 1.0 < spent["dear",]


def test_what_was_not_the_policys_choice_is_no_trial_of_another_opinion():
    """Its answers teach as others do, but promotion counts decisions of the policy that is in force."""
    world = World(feedback_rate=1.0).run(40)
    seen, plain = World().learner, World().learner
    for event, episode in world.events[len(World().events) :]:
        about = event if event.kind == "episode" else episode
        observed = replace(about, decision=replace(about.decision, strategy=OBSERVED))
        seen.apply_one(observed if event.kind == "episode" else event, observed)
        plain.apply_one(event, episode)
    assert (seen.record.rewarded, plain.record.rewarded > 0) == (0, True)
    assert seen.estimates.outcomes == plain.estimates.outcomes
