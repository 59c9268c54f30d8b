"""Judges of other packages, and the wall around every judge; how configured judges are built."""

import asyncio
import math
from importlib.metadata import EntryPoint

import numpy as np
import pytest
from pointsman_learner.types import Verdict
from pointsman_service.domain import AnswerUnderJudgement, ChatMessage, JudgeConfig, ModelAnswer, ModelConfig, Question
from pointsman_service.errors import ConfigurationError
from pointsman_service.judges import plugins
from pointsman_service.judges.build import JudgeParts, build_judge, build_judges
from pointsman_service.judges.contained import ContainedJudge
from pointsman_service.judges.recorded import RecordedJudge

SUBJECT = AnswerUnderJudgement(Question((ChatMessage("user", "q"),)), ModelAnswer("a", "stop", 1, 1, 0.0, 1.0), "m")
MODEL = ModelConfig("small", "openai", "small", base_url="http://127.0.0.1:1")


class LengthJudge:
    """A plug-in: the share of a limit that the answer fills."""

    def __init__(self, name, limit=10):
        self.name = name
        self.limit = limit

    async def judge(self, subject, timeout_s):
        return Verdict(self.name, min(1.0, len(subject.answer.text) / self.limit))


class NotAJudge:
    """A plug-in that forgot its method."""

    def __init__(self, name):
        self.name = name


class Returning:
    """A judge that returns what it was given, or raises it."""

    name = "inner"

    def __init__(self, outcome):
        self.outcome = outcome

    async def judge(self, subject, timeout_s):
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


def points(**named):
    """Entry points to objects of this module, as installed packages declare them."""
    return tuple(EntryPoint(name, value, plugins.GROUP) for name, value in named.items())


def parts(offered=()):
    """What judges are built from, without a provider."""
    return JudgeParts({"small": MODEL}, lambda _: None, np.random.default_rng(0), offered)


async def test_a_plug_in_is_made_with_its_name_and_options_and_judges(monkeypatch):
    """The entry point's name is the kind in the configuration."""
    monkeypatch.setitem(__import__("sys").modules, "acme_judges", __import__("sys").modules[__name__])
    config = JudgeConfig("brevity", "length", options={"limit": 4})
    judge = build_judge(config, parts(points(length="acme_judges:LengthJudge")))
    verdict = await judge.judge(SUBJECT, 1.0)
    assert (verdict.judge, verdict.score) == ("brevity", 0.25)


@pytest.mark.parametrize(
    ("target", "options", "says"),
    [
        ("no_such_package:Judge", {}, "ModuleNotFoundError"),
        ("acme_judges:Missing", {}, "AttributeError"),
        ("acme_judges:LengthJudge", {"colour": 1}, "TypeError"),
        ("acme_judges:NotAJudge", {}, "made a NotAJudge, which has no `async def judge"),
    ],
)
def test_a_broken_plug_in_stops_the_start_naming_it(monkeypatch, target, options, says):
    """Judge, entry point and reason in one line."""
    monkeypatch.setitem(__import__("sys").modules, "acme_judges", __import__("sys").modules[__name__])
    with pytest.raises(ConfigurationError, match="judge 'brevity'") as caught:
        build_judge(JudgeConfig("brevity", "length", options=options), parts(points(length=target)))
    assert says in str(caught.value)
    assert target in str(caught.value)


def test_an_unknown_kind_names_what_is_installed():
    """The installed entry points are looked up when none are given."""
    with pytest.raises(ConfigurationError, match=r"kind 'rubrik' is neither built in .* nor .*installed: length"):
        build_judge(JudgeConfig("j", "rubrik"), parts(points(length="x:y")))
    with pytest.raises(ConfigurationError, match=r"pointsman\.judges"):
        build_judge(JudgeConfig("j", "rubrik"), parts(None))


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (JudgeConfig("j", "rubric", model="large"), r"model 'large' is not configured \(known: small\)"),
        (JudgeConfig("j", "pairwise"), "model None is not configured"),
        (JudgeConfig("j", "rubric", model="small", options={"criterium": "x"}), "criterium"),
        (JudgeConfig("j", "recorded"), "url"),
        (JudgeConfig("j", "format", options={"strict": True}), "strict"),
    ],
)
def test_a_wrong_option_or_model_stops_the_start_naming_the_judge(config, says):
    """One line that says what to change."""
    with pytest.raises(ConfigurationError, match=says) as caught:
        build_judge(config, parts())
    assert "judge 'j'" in str(caught.value)


async def test_every_built_in_kind_is_built_under_its_configured_name():
    """Verdicts carry the name that the configuration gave."""
    configs = [JudgeConfig(f"my-{kind}", kind) for kind in ("format", "agreement", "logprob")]
    configs += [JudgeConfig(f"my-{kind}", kind, model="small") for kind in ("rubric", "pairwise")]
    configs += [JudgeConfig("my-recorded", "recorded", options={"url": "http://127.0.0.1:1"})]
    judges = build_judges(configs, parts())
    assert {name: judge.name for name, judge in judges.items()} == {c.name: c.name for c in configs}
    assert (await judges["my-format"].judge(SUBJECT, 1.0)).judge == "my-format"
    for judge in judges.values():
        await judge.close()


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (ValueError("boom"), "ValueError: boom"),
        (RecursionError("deep"), "RecursionError"),
        (None, "returned NoneType instead of a Verdict"),
        (0.5, "returned float"),
        (Verdict("x", 7.0), "score 7.0, which is not in"),
        (Verdict("x", math.nan), "score nan"),
        (Verdict("x", "0.5"), "score '0.5'"),
        (Verdict("x", True), "score True"),
        (Verdict("x", 0.5, cost_usd=-1.0), "cost_usd -1.0"),
        (Verdict("x", 0.5, cost_usd=math.inf), "cost_usd inf"),
    ],
)
async def test_a_judge_that_misbehaves_is_contained(outcome, says):
    """Whatever it does, out comes a verdict without a score, with the error."""
    verdict = await ContainedJudge(Returning(outcome), "outer").judge(SUBJECT, 1.0)
    assert (verdict.judge, verdict.score) == ("outer", None)
    assert says in verdict.error
    assert verdict.latency_ms >= 0
    assert verdict.cost_usd >= 0


async def test_an_impossible_latency_is_replaced_by_the_measured_one():
    """The score is still good."""
    verdict = await ContainedJudge(Returning(Verdict("x", 1, latency_ms=-5.0)), "outer").judge(SUBJECT, 1.0)
    assert verdict.score == 1.0
    assert verdict.latency_ms > 0


async def test_a_judge_that_hangs_is_cut_off_at_its_limit():
    """An episode cannot wait for it."""

    class Hanging:
        name = "h"

        async def judge(self, subject, timeout_s):
            await asyncio.Event().wait()

    verdict = await ContainedJudge(Hanging(), "outer").judge(SUBJECT, 0.02)
    assert verdict.error == "timeout: no verdict within 0.02 s"


async def test_cancellation_passes_through_a_contained_judge():
    """A deadline above must be able to end it."""
    with pytest.raises(asyncio.CancelledError):
        await ContainedJudge(Returning(asyncio.CancelledError()), "outer").judge(SUBJECT, 1.0)


async def test_closing_a_contained_judge_closes_its_connections():
    """Also where it never opened any."""
    inner = RecordedJudge("r", "http://127.0.0.1:1")
    await ContainedJudge(inner, "r").judge(SUBJECT, 0.5)
    await ContainedJudge(inner, "r").close()
    assert inner._session.closed
    await ContainedJudge(LengthJudge("x"), "x").close()
