"""The demo's parts that need no process: traffic, scoreboard, report, picture."""

import io
import json

import numpy as np
import pytest
from pointsman_service.demo.learning_curve import draw
from pointsman_service.demo.live_table import Progress, scores_table
from pointsman_service.demo.report import Run, make_report, summary
from pointsman_service.demo.scoreboard import Answered, Scoreboard
from pointsman_service.demo.traffic import SimulatedUser, balanced_order
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
