"""Judges in a process of their own: one that blocks is ended at its deadline, and nobody else waits for it."""

import asyncio
import os
import signal
from importlib.metadata import EntryPoint
from itertools import count

import numpy as np
import pytest
from pointsman_learner.types import Verdict
from pointsman_service.domain import AnswerUnderJudgement, ChatMessage, JudgeConfig, ModelAnswer, Question
from pointsman_service.judges import plugins
from pointsman_service.judges.apart.judge import LONG_CHARS
from pointsman_service.judges.apart.judge_process import MOST_WAITING, JudgedNot, JudgeProcess
from pointsman_service.judges.apart.processes import Apart
from pointsman_service.judges.build import JudgeParts, build_judge

PLUG_INS = """
import os, time
from pointsman_learner.types import Verdict

class Judge:
    def __init__(self, name, how="length"):
        self.name, self.how = name, how

    async def judge(self, subject, timeout_s):
        text = subject.answer.text
        print("what a plug-in prints is no reply")
        if text == "loop":
            while True:
                pass
        if text == "sleep":
            time.sleep(600)
        if text == "exit":
            os._exit(3)
        if text == "raise":
            raise ValueError("boom")
        if text == "odd":
            return lambda: None
        return Verdict(self.name, 1.0 if text == "good" else 0.0, key=str(os.getpid()))
"""
DEADLINE_S = 20.0
"""For a process that must begin first, on a busy machine."""


def subject(text):
    """An answer to be judged."""
    return AnswerUnderJudgement(Question((ChatMessage("user", "q"),)), ModelAnswer(text, "stop", 1, 1, 0.0, 1.0), "m")


@pytest.fixture
async def plug_in(tmp_path, monkeypatch):
    """A plug-in as the service has it, in a process of its own."""
    (tmp_path / "acme_apart.py").write_text(PLUG_INS)
    monkeypatch.syspath_prepend(str(tmp_path))
    points = (EntryPoint("acme", "acme_apart:Judge", plugins.GROUP),)
    parts = JudgeParts({}, lambda _: None, np.random.default_rng(0), points, apart=Apart())
    judge = build_judge(JudgeConfig("mine", "acme"), parts)
    yield judge
    await judge.close()


async def judged(judge, text, timeout_s=DEADLINE_S):
    """The verdict, from a process that was begun anew where the last one was ended."""
    while True:
        verdict = await judge.judge(subject(text), timeout_s)
        if not any(said in (verdict.error or "") for said in ("is being started", "was ended")):
            return verdict
        await asyncio.sleep(0.05)


async def test_a_plug_in_judges_in_another_process(plug_in):
    """With its own name, whatever it prints; many answers at once."""
    first = await judged(plug_in, "good")
    assert (first.judge, first.score) == ("mine", 1.0)
    assert int(first.key) != os.getpid()
    rest = await asyncio.gather(*(plug_in.judge(subject("bad"), DEADLINE_S) for _ in range(20)))
    assert {(v.score, v.key) for v in rest} == {(0.0, first.key)}


@pytest.mark.parametrize("held", ["loop", "sleep"])
async def test_a_plug_in_that_blocks_is_ended_at_its_deadline_and_another_begun(plug_in, held):
    """The event loop goes on meanwhile, and the old process is gone."""
    first = await judged(plug_in, "good")
    turns = count()
    ticking = asyncio.create_task(_tick(turns))
    verdict = await plug_in.judge(subject(held), 0.1)
    assert verdict.score is None
    assert verdict.error.startswith("timeout")
    next_one = await judged(plug_in, "good")
    assert (next_one.score, next_one.key != first.key) == (1.0, True)
    ticking.cancel()
    assert next(turns) > 10
    with pytest.raises(ProcessLookupError):
        os.kill(int(first.key), 0)


async def _tick(turns):
    while True:
        next(turns)
        await asyncio.sleep(0.005)


@pytest.mark.parametrize(("text", "says"), [("raise", "ValueError: boom"), ("odd", "cannot be told")])
async def test_a_plug_in_that_misbehaves_is_a_verdict_without_a_score(plug_in, text, says):
    """And its process goes on."""
    first = await judged(plug_in, "good")
    verdict = await plug_in.judge(subject(text), DEADLINE_S)
    assert verdict.score is None
    assert says in verdict.error
    assert (await plug_in.judge(subject("good"), DEADLINE_S)).key == first.key


async def test_a_process_that_ends_takes_no_answer_with_it(plug_in):
    """Whoever waits is told at once, and the next answer has a new one."""
    await judged(plug_in, "good")
    verdict = await plug_in.judge(subject("exit"), DEADLINE_S)
    assert verdict.score is None
    assert "was ended" in verdict.error
    assert (await judged(plug_in, "good")).score == 1.0


async def test_a_process_takes_so_many_answers_at_once_and_no_more():
    """A held one gathers none without bound."""
    process = JudgeProcess()
    try:
        process.begin()
        await asyncio.shield(process._starting)
        os.kill(process.pid, signal.SIGSTOP)
        waiting = [asyncio.create_task(process.ask("x", subject("a"), DEADLINE_S)) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(JudgedNot, match="answers to judge already"):
            await process.ask("x", subject("a"), DEADLINE_S)
    finally:
        await process.close()
    said = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(each, JudgedNot) for each in said)


async def test_a_long_text_is_judged_apart_and_says_the_same():
    """By the service's own judges; a short one is judged here, as is a long one before the process is there."""
    apart = Apart()
    parts = JudgeParts({}, lambda _: None, np.random.default_rng(0), apart=apart)
    judge = build_judge(JudgeConfig("form", "format"), parts)
    long_one = subject("word " * LONG_CHARS + "```python\n")
    try:
        here = await judge.judge(long_one, DEADLINE_S)
        await asyncio.wait_for(apart._shared._ready.wait(), DEADLINE_S)
        judge.inner.inner = None  # nobody judges here any more
        there = await judge.judge(long_one, DEADLINE_S)
        assert (there.judge, there.score, there.error) == ("form", here.score, here.error)
    finally:
        await judge.close()


async def test_a_short_text_begins_no_process():
    """A service that sees no long one has none."""
    apart = Apart()
    judge = build_judge(
        JudgeConfig("same", "agreement"), JudgeParts({}, lambda _: None, np.random.default_rng(0), apart=apart)
    )
    assert isinstance(await judge.judge(subject("The answer is 7."), 5.0), Verdict)
    assert apart._shared.pid is None


def doubling(depth):
    """A schema whose references double at each level."""
    defs = {str(i): {"allOf": [{"$ref": f"#/$defs/{i + 1}"}] * 2} for i in range(depth)}
    return {"$ref": "#/$defs/0", "$defs": defs | {str(depth): {"type": "object"}}}


@pytest.mark.parametrize(("depth", "apart_from_here"), [(3, False), (24, True)])
async def test_a_schema_that_takes_long_is_checked_apart_however_short_the_answer(depth, apart_from_here):
    """A schema of a kilobyte held the service for minutes; here it takes a counted number of steps, then goes."""
    apart = Apart()
    judge = build_judge(
        JudgeConfig("form", "format"), JudgeParts({}, lambda _: None, np.random.default_rng(0), apart=apart)
    )
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": doubling(depth)}}
    asked = AnswerUnderJudgement(
        Question((ChatMessage("user", "q"),), response_format=wanted), ModelAnswer("{}", "stop", 1, 1, 0.0, 1.0), "m"
    )
    try:
        assert (await judge.judge(asked, DEADLINE_S)).score == 1.0
        assert (apart._shared._starting is not None) is apart_from_here
        if apart_from_here:
            await asyncio.wait_for(apart._shared._ready.wait(), DEADLINE_S)
            assert (await judge.judge(asked, DEADLINE_S)).score == 1.0
    finally:
        await judge.close()
