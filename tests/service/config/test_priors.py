"""What a model's name is taken for in public results, and how a table of them is read."""

import numpy as np
import pytest
from pointsman_learner.types import Model
from pointsman_service.adapters.embedder_wordllama import WordLlamaEmbedder
from pointsman_service.config.placed_nodes import Placement
from pointsman_service.config.priors.derive import main
from pointsman_service.config.priors.known import OUTCOMES, RELATIVE_OUTCOMES, KnownBeforehand, descriptions
from pointsman_service.config.priors.matching import Names
from pointsman_service.config.priors.names import read_name
from pointsman_service.config.priors.table import parse_results, read_results
from pointsman_service.config.taxonomy_file import read_taxonomy
from pointsman_service.errors import ConfigurationError

HEAD = 'date = "2026-07-01"\nsources = ["ours"]\n'
CATEGORY = '[[category]]\nid = "code"\ndescription = "Programs."\n'
MODELS = "[models]\nsmall = [40.0]\nlarge = [60.0]\n"


@pytest.fixture(scope="module")
def known():
    """By the table that ships."""
    return KnownBeforehand(read_results())


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("openai/gpt-4o-mini", "gpt-4o-mini-2024-07-18"),
        ("azure/gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        ("us.anthropic.claude-3-5-sonnet-20240620-v1:0", "claude-3-5-sonnet-20240620"),
        ("claude-3-5-sonnet@20241022", "claude-3-5-sonnet-20241022"),
        ("anthropic/claude-opus-4.1", "claude-4-1-opus-20250805-base"),
        ("claude-sonnet-4-20250514", "claude-4-sonnet-20250514-base"),
        ("Meta-Llama-3.1-70B-Instruct", "meta-llama-3.1-70b-instruct-turbo"),
        ("Llama-3.1-405B-Inst-fp8@together", "meta-llama-3.1-405b-instruct-turbo"),
        ("openrouter/deepseek/deepseek-chat-v3-0324:free", "deepseek-v3-0324"),
        ("mistral-small-24b", "mistral-small-2503"),
        ("google/gemini-2.5-pro", "gemini-2.5-pro-preview-05-06"),
        ("o3", "o3-2025-04-16-medium"),
        ("o3-mini-high", "o3-mini-2025-01-31-high"),
    ],
)
def test_a_name_is_found_however_its_provider_writes_it(known, name, row):
    """Provider, host, date, quantisation and manner of speech say nothing of what it is."""
    found = known.of(name)
    assert found.match is not None
    assert (found.match.row, found.match.is_relative, found.outcomes) == (row, False, OUTCOMES)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("gemma-2-2b-it", "relative: 9b for 2b"),
        ("gpt-oss-20b", "relative: 120b for 20b"),
        ("gpt-5.6-mini", "relative: version 5.4 for 5.6"),
        ("mistral-large-2512", "relative: 2411 for 2512"),
    ],
)
def test_another_size_or_version_is_never_taken_silently(known, name, how):
    """It counts for less, and is named."""
    found = known.of(name)
    assert found.match is not None
    assert (found.match.how, found.match.is_relative, found.outcomes) == (how, True, RELATIVE_OUTCOMES)


def test_a_smaller_relative_is_taken_to_be_less_able(known):
    """By what a doubling brings."""
    small, large = known.of("gemma-2-2b-it"), known.of("gemma-2-9b-it")
    assert all(small.scores[c] < large.scores[c] for c in large.scores)


@pytest.mark.parametrize(
    "name", ["tulu_7B", "tulu_65B", "chatgpt", "gpt-4o-large", "llama", "starter-small", "qwen2", ""]
)
def test_what_it_does_not_know_has_no_prior(known, name):
    """A like name is not enough; nor is one that could be several sizes."""
    assert known.of(name).match is None
    assert known.told(Model(name, 1.0, 2.0), name) == Model(name, 1.0, 2.0)


def test_every_row_is_found_by_its_own_name():
    """Also where two differ in what matters little."""
    rows = read_results().scores
    names = Names(rows)
    assert all((found := names.match(row)) is not None and found.row == row for row in rows)


def test_what_a_name_says():
    """Family, version and variant, whatever their order; size, date, effort."""
    assert read_name("claude-4-1-opus").core == read_name("claude-opus-4.1").core
    assert read_name("gpt-4-turbo").core != read_name("gpt-4").core
    assert read_name("phi-3-medium-128k-instruct").core == {"phi", "3", "medium"}
    assert read_name("grok-4-fast-non-reasoning").effort == 0
    assert read_name("command-r-08-2024").date == "202408"


def test_the_table_that_ships_says_when_and_whence():
    """Each category spread as its models are spread over all."""
    table = read_results()
    assert table.date == "2026-07-01"
    assert len(table.scores) > 300
    assert any("Apache-2.0" in source for source in table.sources)
    common = np.array([[row[c.id] for c in table.categories[:6]] for row in table.scores.values()])
    assert common.mean(axis=0) == pytest.approx(0.0, abs=0.02)


def test_a_node_is_nearest_to_the_category_that_speaks_of_its_kind(known):
    """By the embedding of both descriptions; the root is of every kind."""
    nodes = Placement(WordLlamaEmbedder).placed(read_taxonomy(), descriptions(known.table))
    near = {n["id"]: max(n["nearness"], key=n["nearness"].get) for n in nodes if "nearness" in n}
    assert {node: near[node] for node in ("math.calculus", "code.writing", "data.spreadsheets", "reasoning")} == {
        "math.calculus": "mathematics", "code.writing": "coding", "data.spreadsheets": "data_analysis",
        "reasoning": "reasoning",
    }  # fmt: skip
    assert "root" not in near
    assert all(sum(n["nearness"].values()) == pytest.approx(1.0, abs=0.01) for n in nodes if "nearness" in n)


def test_another_table_is_read_in_the_same_form(tmp_path):
    """Scores of any unit: they count by their spread."""
    file = tmp_path / "ours.toml"
    file.write_text(HEAD + MODELS + CATEGORY, encoding="utf-8")
    assert KnownBeforehand(read_results(file)).of("large").scores == {"code": 1.0}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("date = ", "is not TOML"),
        (HEAD + MODELS + CATEGORY + "mean = true\n", "category code: mean: must be a finite number"),
        (HEAD + MODELS, "category: at least one [[category]] is needed"),
        (HEAD + MODELS + CATEGORY + CATEGORY, "category code: is there twice"),
        (HEAD + CATEGORY, "models: must be a table of lists of scores, at least one"),
        (
            HEAD + "[models]\nsmall = [1.0, 2.0]\n" + CATEGORY,
            "models.small: must be a list of 1 scores, one a category",
        ),
        (HEAD + '[models]\nsmall = ["x"]\n' + CATEGORY, "models.small: 'x' is no finite number"),
        (HEAD + "[models]\nsmall = [nan]\n" + CATEGORY, "models.small: has no score at all"),
        (HEAD + "[models]\nsmall = [1.0]\n" + CATEGORY, "category code: sd: must be above 0"),
        (HEAD + MODELS + '[[category]]\nid = "code"\n', "category 1: description: must be a text"),
        ('sources = ["ours"]\n' + MODELS + CATEGORY, "date: must be a text"),
        ('date = "2026"\nsources = []\n' + MODELS + CATEGORY, "sources: must be a list of texts"),
        (HEAD + "unit = 1\n" + MODELS + CATEGORY, "unit: is unknown"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_its_place(text, why):
    """In one line that names file and field."""
    with pytest.raises(ConfigurationError) as raised:
        parse_results(text, "ours.toml")
    assert str(raised.value).startswith("public results ours.toml: ")
    assert why in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_table_that_is_not_there_is_refused(tmp_path):
    """With its name."""
    with pytest.raises(ConfigurationError, match=r"public results .*none\.toml: cannot be read"):
        read_results(tmp_path / "none.toml")


def test_releases_are_joined_by_the_models_that_both_have(tmp_path):
    """The harder questions of a later release make its models no worse; a category is spread as its models are."""
    asked = {"old": {"small-1": 30.0, "both-1": 50.0}, "new": {"both-1": 30.0, "large-1": 50.0}}
    everywhere = ("Reasoning", "Coding", "Mathematics", "Data Analysis", "Language", "IF")
    rows = [f"{r},{m},{c},{s},3" for r, of in asked.items() for m, s in of.items() for c in everywhere]
    rows += [f"new,{m},Agentic Coding,{s},3" for m, s in asked["new"].items()]
    (tmp_path / "livebench.csv").write_text("\n".join(["release,model,category,score_percent,tasks", *rows]))
    for name in ("aider_edit", "aider_polyglot"):
        (tmp_path / f"{name}.csv").write_text("model,pass_percent\nBoth 1,40.0\nlarge-1,60.0\nlarge-1 + both-1,99.0\n")
    scores = parse_results(main(tmp_path), "made").scores
    assert scores["both-1"]["coding"] - scores["small-1"]["coding"] == pytest.approx(
        scores["large-1"]["coding"] - scores["both-1"]["coding"], abs=0.02
    )
    assert scores["large-1"]["agentic_coding"] == pytest.approx(scores["large-1"]["coding"], abs=0.02)
    assert set(scores["small-1"]).isdisjoint({"agentic_coding", "code_editing"})
    assert scores["large-1"]["code_editing"] > scores["both-1"]["code_editing"]


def test_the_nearest_relative_is_among_the_models_before_it(known):
    """So that a model which is added changes nothing of those that are there."""
    names = ["gpt-4o-2024-05-13", "tulu_65B", "gpt-4o-2024-08-06", "tulu_7B", "claude-3-opus"]
    told = known.all_told([Model(f"our-{n}") for n in names], names)
    assert [m.relative for m in told] == [None, None, "our-gpt-4o-2024-05-13", None, None]
