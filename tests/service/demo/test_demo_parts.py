"""The demo's parts that need no process: traffic, scoreboard, report, picture."""

import asyncio
import io
import json
from dataclasses import replace

import aiohttp
import grpc
import numpy as np
import pytest
from pointsman import PointsmanError
from pointsman_service.demo import run
from pointsman_service.demo.headline import headline
from pointsman_service.demo.learning_curve import draw, spread
from pointsman_service.demo.live_table import Progress, scores_table
from pointsman_service.demo.proof import OWN, Estimated, Proof, as_report, holds, proof_table, recorded_savings
from pointsman_service.demo.report import Run, Told, make_report, summary
from pointsman_service.demo.scoreboard import Answered, Scoreboard
from pointsman_service.demo.story import Outage, Story, Swap, as_it_happens, planned
from pointsman_service.demo.traffic import SimulatedUser, balanced_order
from pointsman_service.domain.operations import Bounds
from pointsman_service.replay.provider import ReplayProvider
from pointsman_service.replay.sources import open_table
from rich.console import Console

MODELS = ("small", "large")
RUN = Run(data="made up", seed=3, rate=None, concurrency=4, judge_cost_usd=1e-4, seconds=2.0, failed=0)


def a_board(n=90, *, learns=True, cost_weight=10.0):
    """A board where small is right on every second prompt and large always; Pointsman learns to tell them apart."""
    scores = np.array([[float(i % 2), 1.0] for i in range(n)])
    costs = np.tile([0.0, 0.01], (n, 1))
    board = Scoreboard(MODELS, scores, costs, cost_weight)
    for i in range(n):
        pick = (1 - i % 2) if learns and i >= n // 3 else 0
        board.add(Answered(i, MODELS[pick], scores[i, pick], costs[i, pick], 0.0, 1, 0, None, i // 30))
    return board


def test_every_third_of_the_traffic_has_the_same_mix_of_categories():
    """So that a third that is harder by chance is not taken for forgetting."""
    categories = ["a"] * 300 + ["b"] * 60 + ["c"] * 9
    order = balanced_order(categories, [0.5] * 369, 300, seed=1)
    for third in np.split(np.array(order), 3):
        share = np.mean([categories[i] == "b" for i in third])
        assert abs(share - 60 / 369) < 0.03


def test_every_third_of_the_traffic_is_about_as_hard():
    """Within a tenth of what chance would leave: a standard error of 0.02 at 200 prompts a third."""
    ease = np.random.default_rng(0).uniform(size=600)
    order = np.array(balanced_order(["a"] * 600, ease, 600, seed=1))
    assert max(abs(ease[third].mean() - ease.mean()) for third in np.split(order, 3)) < 0.002


def test_the_order_depends_on_the_seed_and_nothing_else():
    """Two runs with one seed send the same traffic."""
    categories = list("abcab" * 20)
    first, again, other = (balanced_order(categories, [0.5] * 100, 50, seed=s) for s in (1, 1, 2))
    assert first == again != other


def test_no_prompt_is_sent_twice():
    """Thinning keeps the indexes distinct, whatever the count."""
    for count in (1, 7, 99, 100):
        assert len(set(balanced_order(["a"] * 100, [0.5] * 100, count, seed=0))) == count


def test_more_prompts_than_there_are_is_refused():
    """Rather than repeating some."""
    with pytest.raises(ValueError, match="there are 3 prompts, fewer than 4"):
        balanced_order(["a"] * 3, [0.5] * 3, 4, seed=0)


def test_the_simulated_user_is_right_on_average_and_speaks_a_fifth_of_the_time():
    """Share of thumbs 0.2 and of thumbs up 0.7, each within four standard errors."""
    thumbs = [SimulatedUser(seed=5).thumb(i, 0.7) for i in range(5000)]
    given = [t for t in thumbs if t is not None]
    assert abs(len(given) / 5000 - 0.2) < 4 * np.sqrt(0.16 / 5000)
    assert abs(np.mean(given) - 0.7) < 4 * np.sqrt(0.21 / len(given))


def test_fixed_policies_are_scored_on_the_prompts_that_were_answered():
    """Exactly: the recording has every model's outcome."""
    board = a_board(90)
    assert board.fixed_score("cheapest").utility == pytest.approx(0.5)
    assert board.fixed_score("large").utility == pytest.approx(0.9)
    assert board.fixed_score("random").utility == pytest.approx(0.7)
    assert board.oracle().utility == pytest.approx(0.95)


def test_answers_count_in_the_order_of_the_traffic_whenever_they_came():
    """Concurrent answers overtake each other."""
    board = Scoreboard(("m",), np.array([[0.1], [0.9]]), np.zeros((2, 1)), 1.0)
    board.add(Answered(1, "m", 0.9, 0.0, 0.0, 1, 0, None, 0))
    board.add(Answered(0, "m", 0.1, 0.0, 0.0, 1, 0, None, 0))
    assert [e.quality for e in board.episodes] == [0.1, 0.9]


def test_the_report_says_so_when_learning_worked():
    """Last third above the first and above every fixed policy."""
    report = make_report(a_board(), RUN)
    assert report["utility"]["first_third"] == pytest.approx(0.5)
    assert report["utility"]["last_third"] == pytest.approx(0.95)
    assert report["checks"] == {"last_third_above_first_third": True, "last_third_above_every_static_policy": True}
    assert report["static"]["best"]["models"] == ["large"]
    assert "rose from 0.5000" in summary(report)
    assert json.loads(json.dumps(report)) == report


def test_the_report_says_so_when_learning_failed():
    """A demo that cannot disappoint shows nothing."""
    report = make_report(a_board(learns=False), RUN)
    assert report["checks"] == {"last_third_above_first_third": False, "last_third_above_every_static_policy": False}
    assert "did not rise" in summary(report)
    assert "NOT above" in summary(report)


def test_the_summary_says_that_the_judge_is_the_yardstick():
    """A reader must not expect as much of a fallible judge."""
    assert "also the yardstick" in summary(make_report(a_board(), RUN))


def test_judges_are_paid_out_of_the_utility():
    """Verdicts are not free, so they count as cost."""
    board = Scoreboard(("m",), np.array([[1.0]]), np.array([[0.001]]), 10.0)
    board.add(Answered(0, "m", 1.0, 0.003, 0.002, 1, 2, True, 1))
    report = make_report(board, RUN)
    assert report["utility"]["overall"] == pytest.approx(1.0 - 10 * 0.003)
    assert report["cascade"]["judges_usd_per_1k"] == pytest.approx(2.0)
    assert report["feedback"] == {"given_by": "a simulated user", "thumbs": 1, "up": 1, "down": 0}


def test_the_curve_is_a_png(tmp_path):
    """And is drawn without a display."""
    draw(a_board(), tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_progress_is_plain_lines_where_there_is_no_terminal():
    """Ten of them, so that a log stays readable."""
    out, board, full = io.StringIO(), Scoreboard(MODELS, np.ones((50, 2)), np.zeros((50, 2)), 1.0), a_board(50)
    with Progress(Console(file=out, width=200), board, 50) as progress:
        for episode in full.episodes:
            board.add(episode)
            progress.update()
    lines = out.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[-1].startswith("   50 prompts | last 50: quality")


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_table_of_scores_splits_no_word_and_no_number(columns):
    """Where there is no room, the models' shares are left out."""
    out = io.StringIO()
    Console(file=out, width=columns).print(scores_table(a_board(60), "All in all", columns))
    said = out.getvalue()
    assert "\u2026" not in said
    for whole in ("Pointsman", "last 300", "cheapest", "random", "quality", "utility", "$/1,000"):
        assert whole in said
    assert ("large" in said.replace("always large", "")) is (columns >= 65)


def test_the_live_table_is_gone_when_the_final_one_is_printed():
    """One table stands at the end: the last thing that the live one does is to erase its lines."""
    out = io.StringIO()
    with Progress(Console(file=out, width=120, force_terminal=True), a_board(60), 60) as progress:
        progress.update()
    assert out.getvalue().endswith("\x1b[1A\x1b[2K")


def test_progress_is_a_live_table_on_a_terminal():
    """With the fixed policies beside Pointsman."""
    out, board = io.StringIO(), a_board(60)
    with Progress(Console(file=out, width=120, force_terminal=True), board, 60) as progress:
        progress.update()
    for name in ("Pointsman", "cheapest", "best", "random", "60 of 60 prompts"):
        assert name in out.getvalue()


def test_regret_and_dollars_add_up_over_the_prompts():
    """Against the best model of each prompt; small is right on every second one, large always, at ten cents."""
    board = a_board(4, learns=False)
    assert board.regret().tolist() == pytest.approx([0.9, 0.9, 1.8, 1.8])
    assert board.regret("large").tolist() == pytest.approx([0.0, 0.1, 0.1, 0.2])
    assert board.dollars("large").tolist() == pytest.approx([0.01, 0.02, 0.03, 0.04])
    assert board.dollars().tolist() == [0.0] * 4


def test_a_model_that_is_down_is_worth_nothing_to_who_asks_it_and_no_oracle_waits_for_it():
    """The error is the fixed policy's, not a gap in the data."""
    board = a_board(4, learns=False)
    before = board.oracle().utility
    board.is_down(0, "large")
    assert board.fixed_score("large").quality == pytest.approx(0.75)
    assert board.oracle().utility < before


TOLD = Told(Swap(60, "large", "small"), Outage(75, "large"), 10.0, frozenset({75, 76, 77}), frozenset({40}))


def test_the_report_tells_swap_outage_and_twin():
    """What the demo is for, in figures, from the boards alone."""
    board, twin = a_board(90), a_board(90, learns=False)
    report = make_report(board, replace(RUN, failed=1, told=TOLD), twin)
    assert report["outage"] == {
        "at": 75, "model": "large", "seconds": 10.0, "took_s": 10.0, "prompts": 3, "errors": 0, "twin_errors": 0,
    }  # fmt: skip
    assert report["swap"]["share_before"] == pytest.approx(0.25)
    assert report["swap"]["quality_after"] == 1.0
    assert report["regret"]["pointsman"] < report["regret"]["twin"]
    assert report["dollars"]["large"] == pytest.approx(0.9)
    assert json.loads(json.dumps(report)) == report


def test_the_summary_tells_them_in_words_and_ends_with_the_run_in_one():
    """Good or bad."""
    report = make_report(a_board(), replace(RUN, told=TOLD), a_board(learns=False))
    lines = summary(report).splitlines()
    assert "silently gave the answers of small" in "\n".join(lines)
    assert "was down for 10.0 s, in which 3 prompts came; none got an error" in "\n".join(lines)
    assert lines[-1] == report["headline"]
    worse = make_report(a_board(), replace(RUN, told=replace(TOLD, failed=frozenset({76}))), None)
    assert "3 prompts came; 1 got an error" in summary(worse)


@pytest.mark.parametrize(
    ("quality", "said"),
    [(0.9, "12.5 % more quality than"), (0.8, "the same quality as"), (0.6, "25.0 % less quality than")],
)
def test_the_headline_says_what_came_out(quality, said):
    """Also where it does not flatter."""
    board = Scoreboard(MODELS, np.array([[0.5, 0.8]]), np.array([[0.0, 0.01]]), 1.0)
    board.add(Answered(0, "small", quality, 0.005, 0.0, 1, 0, None, 0))
    assert headline(board) == f"This run had {said} always asking the best model (large), at 50 % of its cost."


def test_the_headline_counts_no_errors_of_the_outage_against_the_best_model():
    """They would make any quality look high."""
    board = a_board(20, learns=False)
    for index in (3, 4):
        board.is_down(index, "large")
    assert "(large)" in headline(board, {3, 4})
    assert "50.0 % less quality" in headline(board, {3, 4})
    assert headline(board, {3, 4}).endswith("(outage left out).")


def test_a_picture_with_twin_swap_and_outage_is_drawn(tmp_path):
    """However short the run."""
    for n in (90, 3):
        draw(a_board(n), tmp_path / "all.png", a_board(n, learns=False), TOLD)
        assert (tmp_path / "all.png").read_bytes().startswith(b"\x89PNG")


def test_names_at_the_ends_of_lines_stand_apart():
    """In the order of the lines."""
    assert spread([1.0, 0.9, 0.95], 0.5) == pytest.approx([1.9, 0.9, 1.4])


def test_the_story_is_of_the_models_that_matter():
    """The middle-priced one is swapped for the cheapest, the best one is down, each at its time."""
    table = open_table("starter")
    swap, outage = planned(table)
    assert (swap.at, swap.model, swap.stand_in) == (20, "starter-medium", "starter-small")
    assert (outage.at, outage.model, outage.seconds) == (30, "starter-large", 10.0)
    told = as_it_happens(table, swap)
    assert (told.scores[:20] == table.scores[:20]).all()
    assert (told.scores[20:, 1] == table.scores[20:, 0]).all()
    assert (told.costs_usd == table.costs_usd).all()


async def test_the_provider_does_what_the_story_tells():
    """From the turn on, not before; traffic that ends amid the outage ends it."""
    table = open_table("starter")
    swap, outage = Swap(1, "starter-large", "starter-small"), Outage(2, "starter-large", seconds=600.0)
    hard = int(np.flatnonzero(table.scores[:, 2] > table.scores[:, 0])[0])
    async with ReplayProvider(table) as provider, aiohttp.ClientSession() as http:
        story = Story(provider.url, swap, outage)

        async def ask():
            body = {"model": "starter-large", "messages": [{"role": "user", "content": table.prompts[hard]}]}
            async with http.post(f"{provider.base_url}/chat/completions", json=body) as answer:
                said = await answer.json()
                return answer.status, said.get("pointsman_recorded_score"), said.get("pointsman_recorded_cost_usd")

        assert story.turns == (1, 2)
        await story.turn(0)
        own = await ask()
        await story.turn(1)
        assert not story.asked(1)
        swapped = await ask()
        assert swapped[1] < own[1]
        assert swapped[2] == own[2]
        await story.turn(2)
        assert story.asked(2)
        assert (await ask())[0] == 503
        await story.end()
        assert await ask() == swapped
    assert story.amid_outage == {2}
    assert 0.0 < story.outage_took_s < 600.0


async def test_an_outage_ends_by_itself():
    """After its seconds, with the traffic still going on."""
    async with ReplayProvider(open_table("starter")) as provider:
        story = Story(provider.url, Swap(5, "starter-large", "starter-small"), Outage(0, "starter-large", seconds=0.02))
        await story.turn(0)
        await asyncio.sleep(0.05)
        await story.end()
        assert not story.asked(1)
        assert story.outage_took_s >= 0.02


def test_a_log_that_could_not_be_evaluated_costs_no_report(monkeypatch):
    """A line says why."""

    def gone(*_):
        raise PointsmanError(grpc.StatusCode.UNAVAILABLE, "nobody is there")

    monkeypatch.setattr(run, "proof_of", gone)
    said = io.StringIO()
    assert run._proof("127.0.0.1:1", a_board(), Console(file=said)) is None
    assert "missing here: nobody is there" in said.getvalue()


def test_what_the_log_tells_stands_beside_what_was_recorded():
    """Whether the interval holds it, and words where the log cannot say."""
    told = Estimated(OWN, Bounds(0.8, 0.7, 0.9), Bounds(3.0, 3.0, 3.0), 1.0, "")
    silent = Estimated("large", None, None, 0.1, "no support: the log's policy could have done 10 % of it")
    proof, board = Proof((told, silent), "large", "90 queries cost $0.30."), a_board()
    report = as_report(proof, board)
    own, large = report["policies"][OWN], report["policies"]["large"]
    assert own["quality"] == {
        "by_the_log": [0.8, 0.7, 0.9],
        "recorded": pytest.approx(75 / 90),
        "holds": True,
    }
    assert not own["cost_usd_per_1k"]["holds"]
    assert holds(Bounds(0.3, 0.3, 0.3), 0.1 + 0.2)
    assert large == {
        "quality": {"by_the_log": None, "recorded": 1.0},
        "cost_usd_per_1k": {"by_the_log": None, "recorded": pytest.approx(10.0)},
        "support": 0.1,
        "why": silent.why,
    }
    assert report["savings"]["by_the_log"] == proof.saved
    said = recorded_savings(proof, board)
    assert "would have cost $0.90 instead of $0.30, which saved $0.60, at quality 1.000 instead of 0.833" in said
    page = io.StringIO()
    Console(file=page, width=140).print(proof_table(proof, board))
    assert "0.800 (0.700 to 0.900)" in page.getvalue()
    assert "no support" in page.getvalue()
