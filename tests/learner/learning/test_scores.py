"""Users who give scores, not thumbs: what is believed of a model goes to what they say, whatever else was called."""

import pytest
from pointsman_learner.events import FeedbackRecorded
from pointsman_learner.types import Step, Verdict


def judged(model, key):
    """An answer that judges had a look at: they say the same of every answer."""
    return Step(model, 0.001, 800.0, 30, 300, (Verdict("format", 1.0), Verdict("agreement", None, key=key)))


EPISODES = {
    "alone": (Step("cheap", 0.001, 800.0, 30, 300),),
    "alone, and judged": (judged("cheap", None),),
    "beside another's answer": tuple(Step(m, 0.001, 800.0, 30, 300) for m in ("coder", "cheap")),
    "beside another's answer, both judged": tuple(judged(m, None) for m in ("coder", "cheap")),
    "at odds with another's answer": tuple(judged(m, m) for m in ("coder", "cheap")),
}


@pytest.mark.parametrize("steps", EPISODES.values(), ids=EPISODES)
@pytest.mark.parametrize("score", [0.3, 0.6, 0.9])
def test_what_is_predicted_goes_to_the_score_that_users_give(worlds, score, steps):
    """120 equal scores: within .05, which is what 3 % of mistaken words leave open.

    Weighed as evidence, a score of .6 beside another answer raised a model to .97, and one of .9 to .98.
    """
    learner = worlds.learner_of()
    for n in range(120):
        episode = worlds.episode_of(n=n, steps=steps)
        learner.apply_one(episode)
        learner.apply_one(FeedbackRecorded(f"f{n}", episode.episode_id, "acme", 1.0, "score", score), episode)
    found = learner.estimates.expect(worlds.context_of("chat")).quality[0]
    assert found == pytest.approx(score, abs=0.05)
