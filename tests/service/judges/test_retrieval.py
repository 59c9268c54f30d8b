"""The retrieval judge: what was liked before, of the same tenant, on the same question."""

import numpy as np
import pytest
from pointsman_service.adapters.embedder_wordllama import shared_embedder
from pointsman_service.domain import AnswerUnderJudgement, ChatMessage, JudgeConfig, ModelAnswer, Question
from pointsman_service.errors import ConfigurationError, LogUnavailable
from pointsman_service.judges.build import JudgeParts, build_judge
from pointsman_service.judges.near_questions import asks_the_same, nearest
from pointsman_service.judges.retrieval import MOST_TENANTS, RetrievalJudge
from pointsman_service.ports.rated_answers import RatedAnswer

SAME = [
    ("What is the capital of France?", "what is the capital of france"),
    ("What is the capital of France?", "Which is the capital city of France?"),
    ("How many legs has a spider?", "Please tell me: how many legs does a spider have?"),
    ("Compute 12 * 13.", "Please compute: 12 * 13"),
    ("北京是哪个国家的首都\uff1f", "北京是哪个国家的首都\uff1f"),
]  # fmt: skip
OTHER = [
    ("What is the capital of France?", "What is the capital of Spain?"),
    ("How many legs has a spider?", "How many eyes has a spider?"),
    ("What is the population of France in 2020?", "What is the population of France in 2021?"),
    ("Which of these is a fruit: leek?", "Which of these is not a fruit: leek?"),
    ("Compute 12 * 13.", "Compute 12 + 13."),
    ("Compute 12 * 13.", "Compute 12 * 14."),
    ("How many days has May 1999?", "How many days has May?"),
    ("北京是哪个国家的首都\uff1f", "东京是哪个国家的首都\uff1f"),
]  # fmt: skip


class Kept:
    """A log in memory: answers by tenant; counts how often it is read, and can fail."""

    def __init__(self, **answers):
        self.answers, self.read, self.fails = answers, 0, False

    async def rated(self, tenant, least, limit):
        self.read += 1
        if self.fails:
            raise LogUnavailable("the disk is full")
        return [a for a in self.answers.get(tenant, ()) if a.rating >= least][:limit]


def liked(question, answer, rating=1.0, position=1):
    """An answer that was rated."""
    return RatedAnswer(position, question, answer, rating)


def subject(question, answer, tenant="acme"):
    """An answer to judge."""
    given = ModelAnswer(answer, "stop", 1, 1, 0.0, 1.0)
    return AnswerUnderJudgement(Question((ChatMessage("user", question),)), given, "m", (), tenant)


async def verdict_on(kept, question, answer, tenant="acme", **options):
    """What the judge says."""
    judge = RetrievalJudge("before", kept, shared_embedder(), **options)
    return await judge.judge(subject(question, answer, tenant), 1.0)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_question_in_other_words_is_the_same(one, other):
    """Both ways."""
    assert asks_the_same(one, other)
    assert asks_the_same(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_a_question_that_differs_in_a_word_a_number_or_a_negation_is_another(one, other):
    """However near the embedding puts them."""
    assert not asks_the_same(one, other)
    assert not asks_the_same(other, one)


@pytest.mark.parametrize(("answer", "score"), [("The answer is 8.", 1.0), ("6", 0.0)])
async def test_an_answer_is_held_against_what_was_liked(answer, score):
    """The same final answer on a near-identical question, or another one; for nothing."""
    kept = Kept(acme=[liked("How many legs does a spider have?", "8")])
    verdict = await verdict_on(kept, "How many legs has a spider?", answer)
    assert (verdict.score, verdict.cost_usd, verdict.error) == (score, 0.0, None)


async def test_several_that_were_liked_count_by_how_much():
    """1.0 and 0.8 for eight, 0.9 for six: two thirds."""
    answers = [
        liked("How many legs has a spider?", a, r, i) for i, (a, r) in enumerate([("8", 1), ("8", 0.8), ("6", 0.9)])
    ]
    verdict = await verdict_on(Kept(acme=answers), "How many legs has a spider?", "8")
    assert verdict.score == pytest.approx(1.8 / 2.7)


@pytest.mark.parametrize(
    ("question", "answer", "tenant"),
    [
        ("How many legs has a spider?", "8", "other"),
        ("How many eyes has a spider?", "8", "acme"),
        ("How many legs has a spider?", "That is a long story. " * 9, "acme"),
    ],
)
async def test_where_nothing_can_be_compared_it_is_silent(question, answer, tenant):
    """Another tenant's log, another question, prose."""
    kept = Kept(acme=[liked("How many legs has a spider?", "8")])
    verdict = await verdict_on(kept, question, answer, tenant)
    assert verdict.score is None
    assert verdict.error.startswith("nothing_to_compare: ")


async def test_what_was_read_is_held_for_a_while_and_new_answers_are_seen_then():
    """The log is not read for every answer."""
    now = [0.0]
    kept = Kept(acme=[])
    judge = RetrievalJudge("before", kept, shared_embedder(), refresh_s=30.0, clock=lambda: now[0])
    asked = subject("How many legs has a spider?", "8")
    assert (await judge.judge(asked, 1.0)).score is None
    kept.answers["acme"] = [liked("How many legs has a spider?", "8")]
    assert (await judge.judge(asked, 1.0)).score is None
    now[0] = 31.0
    assert (await judge.judge(asked, 1.0)).score == 1.0
    assert kept.read == 2


async def test_the_memory_is_bounded_by_tenants():
    """The one that was asked for longest ago is read anew."""
    kept = Kept()
    judge = RetrievalJudge("before", kept, shared_embedder())
    for i in range(MOST_TENANTS + 1):
        await judge.judge(subject("How many?", "8", f"t{i}"), 1.0)
    assert len(judge._held) == MOST_TENANTS
    await judge.judge(subject("How many?", "8", "t0"), 1.0)
    assert kept.read == MOST_TENANTS + 2


async def test_a_log_that_cannot_be_read_is_no_score():
    """And the next answer tries again."""
    kept = Kept()
    kept.fails = True
    verdict = await verdict_on(kept, "How many?", "8")
    assert verdict.error == "unavailable: the log: the disk is full"


def test_nearest_is_by_cosine_best_first():
    """Rows of unit length."""
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [0.8, 0.6]], np.float32)
    assert nearest(np.array([0.6, 0.8], np.float32), rows, 0.7) == [2, 1]
    assert nearest(np.zeros(2, np.float32), rows[:0], 0.7) == []


def test_without_a_log_it_cannot_be_built():
    """`doctor` and others that have none say so with the judge's name."""
    with pytest.raises(ConfigurationError, match="'before' of kind 'retrieval'"):
        build_judge(JudgeConfig("before", "retrieval"), JudgeParts({}, lambda _: None, None))
