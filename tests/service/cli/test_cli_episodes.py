"""`pointsman episodes`: which queries there were, and why one went as it did."""

from datetime import UTC, datetime, timedelta

import pytest
from pointsman import v1

from .fake_service import timestamped


def an_entry(i, prompt="What is the capital of Australia?"):
    """One of a list."""
    summary = v1.EpisodeSummary(
        episode_id=f"e-{i}",
        tenant="default",
        model="starter-small",
        models_called=["starter-small", "starter-large"],
        strategy=v1.STRATEGY_FUSED,
        stop_reason=v1.STOP_REASON_COST_CEILING,
        cost_usd=0.00012,
        prompt=prompt,
    )
    return timestamped(summary, "create_time")


def test_the_newest_are_listed_and_it_is_said_that_there_are_more(say, fake, rows):
    """Not millions at once; --all lists them."""
    fake.episodes = [an_entry(i) for i in range(60)]
    assert len(rows("episodes", "list")) == 50
    assert "the newest 50" in say("episodes", "list", err=True)
    assert len(rows("episodes", "list", "--limit", "55")) == 55
    assert say("episodes", "list", "--limit", "60", err=True) == ""
    assert len(rows("episodes", "list", "--all")) == 60


def test_every_filter_is_sent(say, fake):
    """And only those that are said."""
    say(
        "episodes", "list", "--tenant", "t", "--since", "2026-01-01", "--until", "2026-01-31", "--called", "m",
        "--answered", "n", "--node", "maths", "--strategy", "learned", "--stop", "cost-ceiling", "--no-feedback",
        "--request-id", "r", "--session", "s",
    )  # fmt: skip
    sent = fake.last(v1.ListEpisodesRequest).filter
    wanted = v1.EpisodeFilter(
        tenant="t", model_called="m", model_answered="n", node_id="maths", strategy=v1.STRATEGY_LEARNED,
        stop_reason=v1.STOP_REASON_COST_CEILING, has_feedback=False, request_id="r", session_id="s",
    )  # fmt: skip
    wanted.start_time.FromDatetime(datetime(2026, 1, 1, tzinfo=UTC))
    wanted.end_time.FromDatetime(datetime(2026, 2, 1, tzinfo=UTC))
    assert sent == wanted
    say("episodes", "list", "--feedback")
    assert fake.last(v1.ListEpisodesRequest).filter == v1.EpisodeFilter(has_feedback=True)


def test_yesterday_is_a_day(say, fake):
    """From its first to its last moment, in UTC."""
    say("episodes", "list", "--since", "yesterday", "--until", "yesterday")
    sent = fake.last(v1.ListEpisodesRequest).filter
    begin, end = (at.ToDatetime(UTC) for at in (sent.start_time, sent.end_time))
    assert end - begin == timedelta(days=1)
    assert (begin.hour, begin.minute, begin.second) == (0, 0, 0)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["list", "--since", "today", "--until", "yesterday"], "not after --since"),
        (["list", "--since", "tomorrow-ish"], "is no time"),
        (["list", "--strategy", "fussed"], '"fused"'),
        (["list", "--stop", "ceiling"], "cost_ceiling"),
    ],
    ids=lambda v: v if isinstance(v, str) else " ".join(v),
)
def test_a_filter_that_cannot_be_meant_is_exit_code_2(fails, arguments, word):
    """With the near miss."""
    assert word in fails(2, "episodes", *arguments)


def test_a_stranger_s_prompt_does_not_steer_the_terminal(say, fake):
    """It stays in its line, without escape sequences."""
    fake.episodes = [an_entry(1, "red: \x1b[31m\nnext line")]
    out = say("episodes", "list")
    assert "red: ?[31m next line" in out


def test_show_explains_in_sentences_and_tables(say, fake):
    """Expectations, calls, what each verdict moved, feedback, costs, who was kept out."""
    out = say("episodes", "show", "e-7", "--tenant", "team-a")
    assert fake.tenants_asking == ["team-a"]
    for words in (
        "Starter-small was expected to be right",
        "root / maths",
        "starter-medium  input_modalities:image",
        "timeout: no answer in 30 s",
        "as snapshot 12 weighs them",
        "0.600        0.750",
        "thumb",
        "Canberra",
    ):
        assert words in out


def test_show_as_json_has_all_of_it(rows):
    """Positions beyond 2**53 are whole, what is absent is null, enums are words."""
    found = rows("episodes", "show", "e-7")
    episode = found["episode"]
    assert episode["log_position"] == 2**53 + 1
    assert episode["create_time"] == "2026-03-04T05:06:07.890Z"
    assert episode["steps"][1]["failure"] == {"kind": "timeout", "message": "no answer in 30 s"}
    assert (episode["session_id"], episode["steps"][0]["failure"], episode["latency_ms"]) == (None, None, None)
    assert found["moves"][0]["quality_after"] == 0.75
