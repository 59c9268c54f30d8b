"""The replay provider over real HTTP: recorded answers, stand-ins, verdicts, failures, and its own command."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import numpy as np
import pytest
from pointsman_service.errors import ConfigurationError
from pointsman_service.replay.__main__ import _serve, main
from pointsman_service.replay.failures import FailureRates
from pointsman_service.replay.outcome_table import OutcomeTable, RecordedModel, Responses
from pointsman_service.replay.provider import ReplayBehaviour, ReplayProvider
from pointsman_service.replay.sources import open_table

NAN = np.nan


@pytest.fixture
def table() -> OutcomeTable:
    """One query with a text, one with a score alone, one that the second model was not run on."""
    return OutcomeTable(
        name="small",
        query_ids=("q1", "q2", "q3"),
        prompts=("Say hi,\n  please.", "Only scored", "Say hi, please."),
        categories=("", "", ""),
        references=(None, None, None),
        models=(RecordedModel("a/one", "p", 1.0, 2.0), RecordedModel("two")),
        scores=np.array([[1.0, 0.5], [0.25, NAN], [0.0, 0.0]]),
        costs_usd=np.array([[0.001, 0.002], [0.003, NAN], [9.0, 9.0]]),
        input_tokens=np.array([[5, NAN], [NAN, NAN], [9, 9]]),
        output_tokens=np.array([[2, NAN], [NAN, NAN], [9, 9]]),
        latency_ms=np.array([[50.0, NAN], [NAN, NAN], [9.0, 9.0]]),
        responses=Responses.pack(3, 2, [(0, 0, "hi  there\nyou é"), (0, 1, "hello")]),
        verdicts={"stern": np.array([[0.75, NAN], [NAN, NAN], [NAN, NAN]])},
    )


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A plain HTTP client."""
    async with aiohttp.ClientSession() as session:
        yield session


def _ask(prompt: object, model: str = "a/one", **more) -> dict:
    return {
        "model": model,
        "messages": [{"role": "system", "content": "x"}, {"role": "user", "content": prompt}],
        **more,
    }


async def _post(http: aiohttp.ClientSession, url: str, body: object) -> tuple[int, dict]:
    async with http.post(url, json=body) as response:
        return response.status, await response.json()


async def _complete(http: aiohttp.ClientSession, provider: ReplayProvider, body: object) -> tuple[int, dict]:
    return await _post(http, f"{provider.base_url}/chat/completions", body)


async def test_a_recorded_answer_comes_with_its_record(http, table):
    """Text, tokens, cost, score; white space and what is not text do not matter; of equal prompts the first counts."""
    async with ReplayProvider(table) as provider:
        status, answer = await _complete(http, provider, _ask(" Say  hi, please. "))
        picture = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
        parts = [{"type": "text", "text": "Say hi,"}, picture, {"type": "text", "text": " please."}]
        _, same = await _complete(http, provider, _ask(parts))
    assert status == 200
    assert answer["choices"][0]["message"]["content"] == "hi  there\nyou é"
    assert answer["usage"] == {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    assert answer["pointsman_recorded_cost_usd"] == 0.001
    assert answer["pointsman_recorded_score"] == 1.0
    assert answer["pointsman_replayed"] == "recorded"
    assert same == answer


async def test_what_was_not_recorded_is_not_made_up(http, table):
    """Tokens that nobody counted are left out, so that the caller knows to estimate them."""
    async with ReplayProvider(table) as provider:
        _, answer = await _complete(http, provider, _ask("Say hi, please.", "two"))
    assert "usage" not in answer
    assert answer["choices"][0]["message"]["content"] == "hello"


async def test_a_missing_text_is_marked_and_its_score_kept(http, table):
    """Nobody can take it for an answer."""
    async with ReplayProvider(table) as provider:
        _, answer = await _complete(http, provider, _ask("Only scored"))
    assert answer["choices"][0]["message"]["content"].startswith("[replayed: no recorded text]")
    assert (answer["pointsman_replayed"], answer["pointsman_recorded_score"]) == ("no_text", 0.25)


async def test_a_prompt_that_is_not_in_the_table_gets_a_marked_stand_in(http, table):
    """With estimated tokens, a cost from list prices where there are any, and no score."""
    async with ReplayProvider(table) as provider:
        _, priced = await _complete(http, provider, _ask("Something new"))
        _, unpriced = await _complete(http, provider, _ask("Something new", "two"))
        _, not_run = await _complete(http, provider, _ask("Only scored", "two"))
    text = priced["choices"][0]["message"]["content"]
    assert text.startswith("[stand-in answer: this prompt is not in the replay table]")
    assert priced["pointsman_recorded_cost_usd"] > 0
    assert priced["usage"]["prompt_tokens"] == 3
    assert "pointsman_recorded_score" not in priced
    assert "pointsman_recorded_cost_usd" not in unpriced
    assert not_run["choices"][0]["message"]["content"].startswith("[stand-in answer: this model was not recorded")


async def test_a_stream_is_the_same_answer_in_pieces(http, table):
    """Usage and the extension fields come with the last chunk if asked for, then [DONE]."""
    async with ReplayProvider(table) as provider:
        body = _ask("Say hi, please.", stream=True, stream_options={"include_usage": True})
        async with http.post(f"{provider.base_url}/chat/completions", json=body) as response:
            assert response.content_type == "text/event-stream"
            lines = [line[6:] for line in (await response.text()).split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    assert "".join(c["choices"][0]["delta"].get("content", "") for c in chunks[:-1]) == "hi  there\nyou é"
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert (chunks[-1]["choices"], chunks[-1]["pointsman_recorded_cost_usd"]) == ([], 0.001)
    assert chunks[-1]["usage"]["completion_tokens"] == 2


async def test_models_and_health_say_what_is_replayed(http, table):
    """For newcomers and for readiness checks."""
    async with ReplayProvider(table) as provider:
        async with http.get(f"{provider.base_url}/models") as response:
            assert [m["id"] for m in (await response.json())["data"]] == ["a/one", "two"]
        async with http.get(f"{provider.url}/healthz") as response:
            assert await response.json() == {"status": "ok", "table": "small", "queries": 3, "models": ["a/one", "two"]}


async def test_the_configurations_of_its_models_call_it(table):
    """With list prices for the learner, and the recorded cost as the cost."""
    async with ReplayProvider(table) as provider:
        first, second = provider.model_configs()
    assert (first.name, first.adapter, first.base_url) == ("a/one", "openai", provider.base_url)
    assert (first.input_usd_per_million, second.input_usd_per_million, first.cost_source) == (1.0, None, "response")


async def test_recorded_verdicts_are_given_over_http(http, table):
    """The table's score, a named judge's score, or null with a reason."""
    async with ReplayProvider(table) as provider:
        url = f"{provider.url}/judge"
        known = {"prompt": "Say hi, please.", "model": "a/one"}
        assert await _post(http, url, known) == (200, {"score": 1.0, "judge": "recorded", "reason": "recorded"})
        assert (await _post(http, url, {**known, "judge": "stern"}))[1]["score"] == 0.75
        silent = (await _post(http, url, {**known, "model": "two", "judge": "stern"}))[1]
        assert (silent["score"], silent["reason"]) == (None, "nothing was recorded for this model on this prompt")
        new = (await _post(http, url, {"prompt": "new", "model": "two"}))[1]
        assert (new["score"], new["reason"]) == (None, "this prompt is not in the replay table")


async def test_wrong_requests_are_refused_with_a_reason(http, table):
    """In OpenAI's error format, with what to do."""
    async with ReplayProvider(table) as provider:
        for body, status, word in [
            (_ask("x", "a/on"), 404, "near: a/one"),
            (_ask("x", 7), 404, "7"),
            ({"model": "two", "messages": []}, 400, "role user"),
            ({"model": "two"}, 400, "role user"),
            ([], 400, "not a JSON object"),
        ]:
            found, answer = await _complete(http, provider, body)
            assert found == status
            assert word in answer["error"]["message"]
        async with http.post(f"{provider.base_url}/chat/completions", data=b"{oops") as response:
            assert response.status == 400
            assert "not JSON" in (await response.json())["error"]["message"]
        for body, status, word in [
            ({"prompt": "x"}, 400, "strings"),
            ({"prompt": "x", "model": "zwei"}, 404, "a/one, two"),
            ({"prompt": "x", "model": "two", "judge": "kind"}, 404, "stern"),
        ]:
            found, answer = await _post(http, f"{provider.url}/judge", body)
            assert found == status
            assert word in answer["error"]["message"]


@pytest.mark.parametrize(
    ("failure", "status", "content_type"),
    [
        ("unavailable", 500, "application/json"),
        ("garbage", 200, "text/html"),
        ("rate_limited", 429, "application/json"),
    ],
)
async def test_failures_are_injected_where_asked(http, table, failure, status, content_type):
    """As a provider shows them."""
    behaviour = ReplayBehaviour(failures=FailureRates(**{failure: 1.0}))
    async with (
        ReplayProvider(table, behaviour) as provider,
        http.post(f"{provider.base_url}/chat/completions", json=_ask("Only scored")) as response,
    ):
        assert (response.status, response.content_type) == (status, content_type)
        assert ("Retry-After" in response.headers) == (failure == "rate_limited")


async def test_spoilt_answers_keep_their_format(http, table):
    """A truncated text says "length"; an empty one has no tokens."""
    async with ReplayProvider(table, ReplayBehaviour(failures=FailureRates(truncated=1.0))) as provider:
        _, answer = await _complete(http, provider, _ask("Say hi, please."))
    assert answer["choices"][0]["message"]["content"] == "hi  the"
    assert answer["choices"][0]["finish_reason"] == "length"
    async with ReplayProvider(table, ReplayBehaviour(failures=FailureRates(empty=1.0))) as provider:
        _, answer = await _complete(http, provider, _ask("Say hi, please."))
    assert answer["choices"][0]["message"]["content"] == ""
    assert answer["usage"]["completion_tokens"] == 0


async def test_stopping_ends_a_call_that_hangs(http, table):
    """An injected timeout does not keep the process from ending."""
    provider = ReplayProvider(table, ReplayBehaviour(failures=FailureRates(timeout=1.0)))
    await provider.start()
    task = asyncio.create_task(_complete(http, provider, _ask("Only scored")))
    done, _ = await asyncio.wait([task], timeout=0.1)
    assert not done
    async with asyncio.timeout(5.0):
        await provider.stop()
        status, _ = await task
    assert status == 500


@pytest.mark.parametrize(("latency", "at_least_s"), [("recorded", 0.05), (80, 0.08)])
async def test_latency_is_played_back_where_asked(http, table, latency, at_least_s):
    """The recorded one, or a given number of milliseconds; the clock of the loop measures it."""
    now = asyncio.get_running_loop().time
    async with ReplayProvider(table, ReplayBehaviour(latency=latency)) as provider:
        began = now()
        await _complete(http, provider, _ask("Say hi, please."))
    assert now() - began >= at_least_s - 0.005


@pytest.mark.parametrize("latency", ["fast", -1, NAN, 1e9])
def test_a_latency_that_cannot_be_is_refused(latency):
    """Naming what is expected."""
    with pytest.raises(ConfigurationError, match=r"latency: expected"):
        ReplayBehaviour(latency=latency)


async def test_a_taken_port_is_said_so(table):
    """With the address, so that another can be chosen."""
    async with ReplayProvider(table) as first:
        port = int(first.url.rpartition(":")[2])
        with pytest.raises(ConfigurationError, match=str(port)):
            await ReplayProvider(table, port=port).start()


async def test_it_runs_by_itself_until_it_is_told_to_stop(http):
    """One line says where it listens; SIGTERM ends it with 0."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pointsman_service.replay", "starter", "--pool", "starter-large"),
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    async with asyncio.timeout(30):
        line = (await process.stdout.readline()).decode()
        base_url = line.split()[-1]
        assert "no model is called" in line
        _, answer = await _post(http, f"{base_url}/chat/completions", _ask("What is 47 times 68?", "starter-large"))
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert answer["choices"][0]["message"]["content"].endswith("3196")


async def test_a_signal_ends_its_serving(table):
    """SIGINT and SIGTERM stop the server and return."""
    started = asyncio.Event()

    class Announcing(ReplayProvider):
        async def start(self) -> None:
            await super().start()
            started.set()

    serving = asyncio.create_task(_serve(Announcing(table)))
    await started.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(5.0):
        await serving


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["/nowhere"], "/nowhere: is not a folder"),
        (["starter", "--latency", "fast"], "latency: expected"),
        (["starter", "--failures", "boredom=1"], "boredom"),
        (["starter", "--pool", "starter-huge"], "starter-huge"),
        (["paretobandit", "--pool", "x"], "pool"),
    ],
)
def test_wrong_options_end_with_two_and_a_line(capsys, argv, words):
    """Nothing is served."""
    assert main(argv) == 2
    assert words in capsys.readouterr().err


def test_the_starter_table_is_whole():
    """Every prompt is answered by all three, the larger the better and the dearer; it says that it is hand-made."""
    table = open_table("starter")
    assert len(table) == 40
    assert len(set(table.categories)) == 8
    assert table.responses.recorded.all()
    assert np.isfinite(table.scores).all()
    assert np.isfinite(table.latency_ms).all()
    assert np.all(np.diff(table.scores.mean(axis=0)) > 0)
    assert np.all(np.diff(table.costs_usd.mean(axis=0)) > 0)
    assert table.answered().query_ids == table.complete().query_ids == table.query_ids


def test_the_costs_of_the_starter_table_are_its_tokens_at_its_prices():
    """So that a caller that computes the cost and one that reads it agree."""
    table = open_table("starter")
    for j, model in enumerate(table.models):
        cost = (
            table.input_tokens[:, j] * model.input_usd_per_million
            + table.output_tokens[:, j] * model.output_usd_per_million
        )
        np.testing.assert_allclose(table.costs_usd[:, j], cost / 1e6, atol=1e-8)


def test_a_table_is_opened_by_name_or_folder(tmp_path, table):
    """The demo's by the package's name."""
    from pointsman_service.replay import write_table

    write_table(tmp_path / "mine", replace(table, verdicts={}))
    assert open_table(tmp_path / "mine").query_ids == table.query_ids
    pytest.importorskip("pareto_bandit", reason="the extra demo is not installed")
    assert open_table("paretobandit").name == "paretobandit"


async def test_a_rehearsed_swap_speaks_with_another_models_words_at_its_own_price(http, table):
    """Its verdicts are the other's, too; nothing says so but the words."""
    async with ReplayProvider(table) as provider:
        async with http.put(f"{provider.url}/rehearsal", json={"answers_as": {"two": "a/one"}}) as told:
            assert told.status == 200
        _, answer = await _complete(http, provider, _ask("Say hi, please.", "two"))
        _, verdict = await _post(http, f"{provider.url}/judge", {"prompt": "Say hi, please.", "model": "two"})
    assert answer["model"] == "two"
    assert answer["choices"][0]["message"]["content"] == "hi  there\nyou é"
    assert answer["pointsman_recorded_cost_usd"] == 0.002
    assert verdict["score"] == answer["pointsman_recorded_score"] == 1.0


async def test_a_rehearsed_outage_ends_when_told(http, table):
    """503 for that model alone; each rehearsal replaces the one before."""
    async with ReplayProvider(table) as provider:
        for body, expected in (({"down": ["two"]}, 503), ({}, 200)):
            async with http.put(f"{provider.url}/rehearsal", json=body) as told:
                assert told.status == 200
            assert (await _complete(http, provider, _ask("Say hi, please.", "two")))[0] == expected
            assert (await _complete(http, provider, _ask("Say hi, please.")))[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        {"down": ["three"]},
        {"answers_as": {"two": "three"}},
        {"answers_as": []},
        {"down": "two"},
        {"dwon": []},
        {"down": [[]]},
    ],
    ids=["unknown-down", "unknown-speaker", "no-object", "no-list", "misspelt", "no-name"],
)
async def test_a_rehearsal_that_cannot_be_is_refused_by_name(http, table, body):
    """And changes nothing."""
    async with ReplayProvider(table) as provider:
        async with http.put(f"{provider.url}/rehearsal", json=body) as told:
            assert told.status == 400
            assert (await told.json())["error"]["message"].startswith("rehearsal: ")
        assert (await _complete(http, provider, _ask("Say hi, please.", "two")))[0] == 200
