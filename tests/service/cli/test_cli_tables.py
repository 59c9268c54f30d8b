"""Tables at 60, 80 and 120 columns: no number and no word is split, whatever has to give way."""

import re

import pytest
from pointsman import v1
from pointsman_service.cli.tables import Column, as_table

LONG = "openrouter/anthropic/claude-3.7-sonnet-thinking"
HEADINGS = ("model", "episodes", Column("share", 2), "$ in all", Column("note", 1, text=True))
ROWS = [
    (LONG, 1_234_567_890, 0.5, 12_345.678, "a long note with many words that can go on in a second line, or a third"),
    ("b", 3, None, 0.00012, ""),
]


def printed(capsys, columns):
    """What the table looks like in so many columns."""
    as_table(HEADINGS, ROWS, empty="-", columns=columns)
    return capsys.readouterr()


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_table_fits_and_splits_nothing(capsys, columns):
    """Every number and every name stands in one piece."""
    out, _ = printed(capsys, columns)
    assert max(map(len, out.splitlines())) <= columns
    for whole in (LONG, "1,234,567,890", "12,345.7", "0.00012"):
        assert whole in out


def test_a_heading_of_short_words_is_no_wider_than_its_numbers(capsys):
    """A column may be narrower than eight, where its numbers and the words above them are."""
    as_table(("name", "$ per 1M out"), [("a", 0.5)], empty="-", columns=11)
    assert capsys.readouterr().out.splitlines() == ["      $ per", "         1M", "name    out", "a     0.500"]


def test_what_is_left_out_is_said(capsys):
    """The columns that matter least go first."""
    out, err = printed(capsys, 90)
    assert "share" not in out.splitlines()[0]
    assert err == "(share: no room in 90 columns; --json has everything)\n"
    assert "share" in printed(capsys, 120).out


def test_what_cannot_fit_is_told_row_by_row(capsys):
    """A fact a line; even a name that is longer than the line stays whole."""
    out, _ = printed(capsys, 40)
    assert re.search(rf"^model +{re.escape(LONG)}$", out, re.MULTILINE)
    assert re.search(r"^episodes +1,234,567,890$", out, re.MULTILINE)


def test_a_file_gets_everything(capsys):
    """As long as it is: nothing is cut for grep."""
    as_table(HEADINGS, ROWS, empty="-")
    out, err = capsys.readouterr()
    assert (len(out.splitlines()), err) == (3, "")
    assert ROWS[0][-1] in out


def test_numbers_stand_to_the_right_and_wide_characters_count_twice(capsys):
    """So that columns stay below each other."""
    as_table(("name", "n"), [("\u8868\u8868", 1), ("abcd", 20)], empty="-")
    assert capsys.readouterr().out.splitlines() == ["name   n", "\u8868\u8868   1", "abcd  20"]


def test_nothing_to_show_says_what_to_do(capsys):
    """Not an empty table."""
    as_table(HEADINGS, [], empty="add one")
    assert capsys.readouterr().out == "add one\n"


@pytest.fixture
def busy(fake):
    """A service with long names and large numbers everywhere."""
    fake.models.create(v1.Model(model=LONG, input_usd_per_million=1234.5, tags=["region:eu", "zero-data-retention"]))
    fake.tallies = [
        v1.Tally(key=LONG, episode_count=1234567, share=0.123, quality=0.9, cost_usd=1234.5, latency_ms=9.0)
    ]
    fake.judges = [
        v1.JudgeTally(judge="rubric-with-a-long-name", verdict_count=1234567, compared_count=12, agreement=0.5)
    ]
    fake.episodes = [v1.EpisodeSummary(episode_id="0198c5b2-7e41-7cc3-98f2-0a6d4f1c2b3a", model=LONG, cost_usd=0.00012)]
    fake.snapshots = [
        v1.Snapshot(snapshot_version=123456, log_position=123456789, size_bytes=12345678, note="a b " * 30)
    ]
    return fake


@pytest.mark.parametrize("columns", ["60", "80", "120"])
@pytest.mark.parametrize(
    "command",
    [
        ["models", "list"], ["models", "show", LONG], ["taxonomy", "list"], ["taxonomy", "show", "root"],
        ["episodes", "list"], ["episodes", "show", "e-1"], ["stats", "models"], ["stats", "judges"],
        ["snapshots", "list"], ["jobs", "list"], ["complete", "x"], ["route", "x"], ["evaluate", "--policy", "p"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_command_fits_its_terminal_without_splitting(busy, say, monkeypatch, command, columns):
    """What stands in the narrow output stands in the wide one, word by word."""
    wide = set(say(*command).split())
    monkeypatch.setenv("COLUMNS", columns)
    out = say(*command)
    assert max(map(len, out.splitlines())) <= max(int(columns), len(LONG) + 30)
    assert set(out.split()) <= wide | {"*"}
