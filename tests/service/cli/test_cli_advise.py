"""`pointsman advise`, from a file to what is said: no service runs, and no prompt is printed."""

import csv
import gzip
import io
import json
import re
import tracemalloc

import pytest
from pointsman_service.cli.commands import run
from pointsman_service.cli.settings import settings_of
from pointsman_service.process.advising import Wanted
from pointsman_service.process.advising import advise as advised
from pointsman_service.replay.tables import load_table

SECRET = "xylophone"
CONFIG = """
[[models]]
name = "big"
provider_model = "openai/gpt-4o"
input_usd_per_million = 2.5
output_usd_per_million = 10.0

[[models]]
name = "small"
provider_model = "openai/gpt-4o-mini"
input_usd_per_million = 0.15
output_usd_per_million = 0.6
"""
PROMPTS = (
    "Write a python function that counts {0}s",
    "What is 17 percent of {1} {0}s?",
    "Translate to French: the {0}",
)


@pytest.fixture
def config(tmp_path):
    """Two models with prices."""
    path = tmp_path / "pointsman.toml"
    path.write_text(CONFIG)
    return str(path)


@pytest.fixture
def says(capsys, config):
    """Run it, with 0; (standard output, standard error) without line breaks between words."""

    def said(*arguments, with_config=True):
        code = run(["advise", *map(str, arguments), *(["--config", config] if with_config else [])])
        out, error = capsys.readouterr()
        assert code == 0, error
        assert SECRET not in out + error
        return out, error

    return said


@pytest.fixture
def facts(says):
    """The same as parsed JSON."""
    return lambda *arguments, **options: json.loads(says(*arguments, "--json", **options)[0])


@pytest.fixture
def refused(capsys, config):
    """Run it, with 2; its one line on standard error."""

    def said(*arguments):
        code = run(["advise", *map(str, arguments), "--config", config])
        out, error = capsys.readouterr()
        assert (code, out, error.count("\n")) == (2, "", 1), error
        assert SECRET not in error
        return error

    return said


def one_line(text):
    """Without the breaks of paragraphs."""
    return re.sub(r"\s+", " ", text)


def call(i, model="gpt-4o-2024-08-06", **beside):
    """A line with a request and a response; one call in three hours."""
    prompt = PROMPTS[i % len(PROMPTS)].format(SECRET, i)
    response = {
        "model": model,
        "choices": [{"message": {"role": "assistant", "content": SECRET}}],
        "usage": {"prompt_tokens": 400, "completion_tokens": 100},
    }
    request = {"messages": [{"role": "user", "content": prompt}]}
    return {"created_at": 1_700_000_000 + i * 10_800, "request": request, "response": response, **beside}


def written(path, rows):
    """JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_without_words_on_answers_it_says_what_is_spent_and_that_quality_is_a_guess(says, tmp_path):
    """The saving is arithmetic, the risk a prior."""
    out, error = says(written(tmp_path / "log.jsonl", [call(i) for i in range(81)]), "--most-loss", 0.2)
    said = one_line(out)
    # 81 calls of 400 and 100 tokens: .002 each; .00012 with the small one.
    assert "You spend $0.0162 a day on 8 calls a day with big." in said
    assert "100% of these are of 3 kinds where small could answer: alone, that would save $0.0152 a day (94 %)" in said
    assert "a guess, by what is known of models beforehand." in said
    assert "- how good answers are: the log has no word on them" in said
    assert "read 81 calls as OpenAI-format lines" in error


def test_a_loss_that_may_not_be_expected_is_told_and_nothing_advised(says, tmp_path):
    """With the figures, so that the operator can decide otherwise."""
    out, _ = says(written(tmp_path / "log.jsonl", [call(i) for i in range(9)]), "--most-loss", 0.0)
    assert "Nothing is advised for these: small would save $" in one_line(out)
    assert "* advised" not in out


def test_words_on_answers_are_measured_with_their_bounds(facts, tmp_path):
    """Of both models, though on different queries, and said so."""
    models = ("gpt-4o", "gpt-4o-mini")
    rows = [call(i, models[i // 3 % 2], feedback="up" if i * 7 % 11 else "down") for i in range(400)]
    found = facts(written(tmp_path / "log.jsonl", rows))
    assert {k["kind"] for k in found["kinds"]} == {"code", "math", "language"}
    for kind in found["kinds"]:
        assert kind["quality"]["basis"] == "log"
        assert kind["quality"]["low"] < 10 / 11 < kind["quality"]["high"]
    (big, small) = found["models"]
    assert (big["model"], big["advised"]["measured"], small["advised"]) == ("big", 1.0, None)
    assert big["advised"]["loss"]["low"] < 0 < big["advised"]["loss"]["high"]
    assert 0 < big["advised"]["again_usd"] < big["advised"]["low_usd"] == big["advised"]["high_usd"]
    assert any("though on different queries" in sentence for sentence in found["summary"])


def test_a_warm_start_is_a_table_that_warm_start_takes(says, say, tmp_path):
    """Scores as the service counts them, costs and tokens; its folder is its owner's alone."""
    rows = [call(i, metadata={"rating": 1 + i % 5}, latency_ms=70) for i in range(20)] + [call(20)]
    log, folder = written(tmp_path / "log.jsonl", rows), tmp_path / "known"
    out, _ = says(log, "--warm-start", folder)
    assert f"20 outcomes were written to {folder}. They hold prompts." in one_line(out)
    table = load_table(folder)
    assert (len(table), table.model_names) == (20, ("big",))
    assert sorted(set(table.scores[:, 0].tolist())) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert set(table.costs_usd[:, 0].round(9).tolist()) == {0.002}
    assert (table.latency_ms[0, 0], table.input_tokens[0, 0]) == (70.0, 400.0)
    assert SECRET in table.prompts[0]
    assert folder.stat().st_mode & 0o77 == 0
    assert "20 queries of known told" in say("warm-start", str(folder), "--rename", "big=starter-large")


def test_without_words_no_warm_start_is_written(says, facts, tmp_path):
    """It says so instead of writing an empty one."""
    log, folder = written(tmp_path / "log.jsonl", [call(i) for i in range(3)]), tmp_path / "known"
    out, _ = says(log, "--warm-start", folder)
    assert "No warm start was written: the log has no word on answers." in one_line(out)
    assert facts(log, "--warm-start", folder)["warm_start"] == {"folder": None, "outcomes": 0, "left_out": {}}
    assert [p.name for p in tmp_path.iterdir() if "known" in p.name] == []


def test_rated_calls_that_cannot_be_outcomes_are_counted(facts, tmp_path):
    """No prompt, no model, no cost."""
    bare = call(0, feedback="up")
    rows = [
        call(0, feedback="up"),
        {**bare, "request": {"x": 1}},
        call(0, "unheard-of", feedback="down"),
        call(0, "", feedback="up"),
    ]
    found = facts(written(tmp_path / "log.jsonl", rows), "--warm-start", tmp_path / "known")
    assert found["warm_start"]["outcomes"] == 1
    assert found["warm_start"]["left_out"] == {"no prompt": 1, "no cost": 1, "no model": 1}


def test_damaged_lines_are_told_by_number_and_never_quoted(says, tmp_path):
    """The first of them, and how many there are."""
    path = written(tmp_path / "log.jsonl", [call(0)])
    with path.open("ab") as file:
        file.write(f'{{"request": "{SECRET}\n'.encode() * 7 + b'{"response": "\xff"}\n' + json.dumps(call(1)).encode())
    _, error = says(path)
    assert "line 2 is not JSON (" in error
    assert "and 3 more places that cannot be read" in error
    assert "read 2 calls" in error


def test_nesting_that_a_reader_cannot_follow_is_damage(says, tmp_path):
    """It parses, and would be followed for ever."""
    path = written(tmp_path / "log.jsonl", [call(0)])
    with path.open("a") as file:
        for depth in range(100, 3_000, 40):
            deep = '{"message": ' * depth + '"x"' + "}" * depth
            file.write(f'{{"messages": "q", "response": {deep}}}\n')
    _, error = says(path)
    first = int(re.search(r"line (\d+) is nested too deep", error)[1])
    assert f"read {first - 1} calls" in error


@pytest.mark.parametrize("form", ["litellm", "langfuse", "otel"])
def test_other_formats_are_found_and_said(says, tmp_path, form):
    """As their tools write them: CSV, a JSON list gzipped, OTLP lines."""
    asked, answer = [{"role": "user", "content": f"Translate {SECRET}"}], {"role": "assistant", "content": SECRET}
    if form == "litellm":
        row = {
            "request_id": "r", "call_type": "acompletion", "spend": "0.25", "prompt_tokens": "9",
            "startTime": "2025-01-01 10:00:00", "endTime": "2025-01-01 10:00:01", "model": "gpt-4o",
            "proxy_server_request": json.dumps({"messages": asked}),
            "response": json.dumps({"choices": [{"message": answer}]}), "completion_tokens": "9",
        }  # fmt: skip
        text = io.StringIO()
        writer = csv.DictWriter(text, row)
        writer.writeheader()
        writer.writerows([row, row])
        content = text.getvalue().encode()
    elif form == "langfuse":
        row = {
            "id": "o", "traceId": "t", "type": "GENERATION", "model": "gpt-4o", "startTime": "2025-01-01T10:00:00Z",
            "input": asked, "output": answer, "usageDetails": {"input": 9, "output": 9}, "totalCost": 0.25,
        }  # fmt: skip
        content = gzip.compress(json.dumps([row, {**row, "type": "SPAN"}, row], indent=2).encode())
    else:
        attributes = {
            "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.cost": 0.25,
            "gen_ai.input.messages": json.dumps(asked), "gen_ai.output.messages": json.dumps([answer]),
        }  # fmt: skip
        kinds = {float: "doubleValue", str: "stringValue"}
        told = [{"key": k, "value": {kinds[type(v)]: v}} for k, v in attributes.items()]
        line = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{"spanId": "s", "attributes": told}]}]}]})
        content = f"{line}\n{line}\n".encode()
    path = tmp_path / "log"
    path.write_bytes(content)
    out, error = says(path)
    titles = {"litellm": "LiteLLM spend logs", "langfuse": "Langfuse", "otel": "OpenTelemetry"}
    assert f"read 2 calls as {titles[form]}" in error
    assert "You spend $0.5 on 2 calls with big." in one_line(out)
    assert says(path, "--format", form)[0] == out


def test_langfuses_scores_in_a_file_of_their_own_count_at_their_calls(facts, says, refused, tmp_path):
    """One of a trace where it has one call."""
    row = {"type": "GENERATION", "model": "gpt-4o", "input": "Translate it", "output": "x", "totalCost": 0.25}
    calls = [
        {**row, "id": "o1", "traceId": "t1"},
        {**row, "id": "o2", "traceId": "t2"},
        {**row, "id": "o3", "traceId": "t2"},
    ]
    score = {"id": "s", "name": "feedback", "data_type": "NUMERIC", "value": 1, "observation_id": None}
    scores = [
        {**score, "trace_id": "t1"},
        {**score, "trace_id": "t2"},
        {**score, "trace_id": "t2", "observation_id": "o3"},
    ]
    log, beside = written(tmp_path / "log.jsonl", calls), written(tmp_path / "scores.jsonl", scores)
    assert facts(log)["seen"]["rated"] == 0
    assert facts(log, "--scores", beside)["seen"]["rated"] == 2
    assert "has no score" in refused(log, "--scores", log)
    with beside.open("a") as file:
        file.write("{\n")
        for depth in range(300, 1_400, 20):
            file.write('{"data": [' * depth + "]}" * depth + "\n")
    _, error = says(log, "--scores", beside)
    assert "line 4 of scores.jsonl is not JSON" in error
    assert " of scores.jsonl is nested too deep" in error


def test_what_nobody_told_is_said_to_be_unknown(facts, tmp_path):
    """Costs, prompts, tokens, figures that cannot be, scores that may mean anything."""
    odd = call(2)
    odd["response"]["usage"] = {"prompt_tokens": -5, "completion_tokens": 1e300}
    rows = [
        call(0, "home-made"),
        {"custom_id": "b", "response": {"status_code": 200, "body": call(1)["response"]}},
        odd,
        call(3, scores=[{"name": "toxicity", "value": 0.1}]),
        {"request": {"messages": []}, "error": {"message": SECRET}},
    ]
    found = facts(written(tmp_path / "log.jsonl", rows))
    said = " ".join(found["not_known"])
    assert "what 1 call cost: nobody knows a price, or tokens (home-made)" in said
    assert "the kind of 1 call" in said
    assert "the tokens of 1 call: guessed" in said
    assert "what 1 call of a batch cost: by list price" in said
    assert "completion_tokens (1), prompt_tokens (1)" in said
    assert "toxicity (1); --score NAME" in said
    assert "how much it is a day" in said
    assert (found["seen"]["calls"], found["seen"]["failed"], found["days"]) == (4, 1, None)
    assert facts(tmp_path / "log.jsonl", "--score", "toxicity=1:0")["used"] == {"toxicity": 1}


def test_names_in_a_log_steer_no_terminal_and_break_no_json(says, facts, tmp_path):
    """Half characters, escapes, and a name a line: all that is kept of them is bounded."""
    names = ("\ud800", "\x1b[31m", "a" * 10_000, "\u202e")
    observation = {"type": "GENERATION", "traceId": "t", "input": "x", "output": "y", "model": "m"}
    rows = [
        {**observation, "model": name, "scores": {name: 1}, name: [0.5], "costDetails": {name: -1}, "usage": {name: -1}}
        for name in (*names, *(f"name {i}" for i in range(500)))
    ]
    log = written(tmp_path / "log.jsonl", rows)
    out, error = says(log)
    assert not {"\x1b", "\u202e", "\ud800"} & set(out + error)
    found = facts(log)
    assert set(found["seen"]["odd"]) == {"costDetails", "usageDetails"}
    assert len(found["unused"]) == 100
    assert len(found["models"]) == 301


def test_without_models_it_says_what_is_spent_and_nothing_else(says, tmp_path):
    """Prices are those that litellm's map has."""
    out, _ = says(written(tmp_path / "log.jsonl", [call(i) for i in range(3)]), with_config=False)
    assert "You spend $0.006 on 3 calls with gpt-4o-2024-08-06." in one_line(out)
    assert "no model is configured (--config names the file)" in one_line(out)


def test_kinds_are_domains_or_leaves(facts, tmp_path):
    """As the taxonomy has them."""
    log = written(tmp_path / "log.jsonl", [call(i) for i in range(3)])
    assert {k["kind"] for k in facts(log)["kinds"]} == {"code", "math", "language"}
    assert all("." in k["kind"] for k in facts(log, "--by", "leaf")["kinds"])


def test_the_same_log_gives_the_same_advice(facts, tmp_path):
    """Samples are drawn with a fixed seed."""
    log = written(tmp_path / "log.jsonl", [call(i, feedback="up") for i in range(90)])
    assert facts(log) == facts(log)


def test_what_cannot_be_meant_is_refused_in_one_line(refused, tmp_path):
    """Files, names, folders, scales."""
    log, strange, empty = (tmp_path / n for n in ("log.jsonl", "strange.jsonl", "empty"))
    written(log, [call(0)])
    written(strange, [{"a": 1}])
    empty.touch()
    failed = written(tmp_path / "failed.jsonl", [{"request": {"messages": []}, "response": None, "error": SECRET}])
    assert "line 1 is of no format that is known; say --format (otel, litellm, langfuse, openai)" in refused(strange)
    assert "is empty" in refused(empty)
    assert "cannot be opened" in refused(tmp_path / "nowhere")
    assert "no answered call in it as OpenAI-format lines: 1 failed" in refused(failed)
    assert "no answered call in it as Langfuse: 0 failed, 1 that are no call" in refused(
        strange, "--format", "langfuse"
    )
    assert "no model is named 'huge'" in refused(log, "--rename", "x=huge")
    assert "write LOG_MODEL=MODEL" in refused(log, "--rename", "x")
    assert "exists already" in refused(log, "--warm-start", tmp_path)
    assert "there is no folder" in refused(log, "--warm-start", tmp_path / "a" / "b")
    assert "write NAME, or NAME=WORST:BEST" in refused(log, "--score", "a=1")


def test_a_file_of_only_damage_says_where_it_begins(refused, tmp_path):
    """And how much of it there is."""
    path = tmp_path / "log.jsonl"
    path.write_text(f"{{{SECRET}\n" * 3)
    assert "no answered call in it: 0 failed, 0 that are no call of a model, 3 damaged; line 1 is not JSON" in refused(
        path
    )


def test_a_long_log_is_read_in_bounded_memory(tmp_path, config):
    """Four times as many lines take hardly more, once what is loaded once is loaded."""
    settings = settings_of(tmp_path / "pointsman.toml")

    def peak(lines):
        path = written(tmp_path / f"{lines}.jsonl", (call(i) for i in range(lines)))
        tracemalloc.start()
        try:
            advised([path], settings, Wanted())
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(100)
    assert peak(1_200) < 1.3 * peak(300) + 2**20
