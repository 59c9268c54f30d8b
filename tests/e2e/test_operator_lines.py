"""What an operator reads in the log of a whole service: each change once, and nothing of single requests."""

import asyncio
import json
import os
import signal
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from pointsman import AsyncClient, PointsmanError

from tests.local_server import chat_provider

LINES = {"log_level": "info", "log_format": "json"}


@asynccontextmanager
async def upstream(state):
    """A provider of two models; those in state["down"] answer 500 at once."""

    async def answer(request):
        name = (await request.json())["model"]
        if name in state["down"]:
            return web.json_response({"error": {"message": "no"}}, status=500)
        message = {"role": "assistant", "content": "Four."}
        usage = {"prompt_tokens": 20, "completion_tokens": 20}
        return web.json_response({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage})

    async with chat_provider(answer) as base_url:
        yield base_url


def models_at(base_url, **usd):
    """Priced models at one address."""
    return [
        {"name": name, "base_url": base_url, "input_usd_per_million": price, "output_usd_per_million": price}
        for name, price in usd.items()
    ]


def lines_of(path):
    """What was logged so far."""
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


@pytest.mark.parametrize("workers", [1, 2])
async def test_an_outage_is_two_lines_whoever_sees_it(process, tmp_path, until, workers):
    """One where the model goes, one when it is back, with one worker and with two; none for a request."""
    state, log = {"down": {"cheap"}}, tmp_path / "stderr"
    with log.open("wb") as stderr:
        async with upstream(state) as base_url:
            sections = {"models": models_at(base_url, cheap=0.1, dear=10.0), "judges": [], "observability": LINES}
            async with process(stderr, server={"workers": workers}, **sections) as service:
                await ask_until(service.address, until, lambda: breaker_lines(log) != [])
                await asyncio.gather(*(ask(service.address) for _ in range(8)))
                state["down"].clear()
                await ask_until(service.address, until, lambda: len(breaker_lines(log)) > 1)
    assert breaker_lines(log) == ["breaker open", "breaker closed"]
    assert "episode" not in {line["event"] for line in lines_of(log)}


async def test_debug_lines_can_be_had_while_it_runs(process, tmp_path, until):
    """SIGUSR1 reaches every process, SIGUSR2 puts back what is configured."""
    log = tmp_path / "stderr"
    with log.open("wb") as stderr:
        async with process(stderr, server={"workers": 2}, observability=LINES) as service:
            pid = service._process.pid
            await ask(service.address)
            assert episodes(log) == 0
            os.kill(pid, signal.SIGUSR1)
            await until(lambda: "log level" in {line["event"] for line in lines_of(log)}, 20)
            # Over connections of their own, so that both workers are asked.
            await ask_until(service.address, until, lambda: episodes(log) >= 8)
            # The learner, too.
            await ask_until(service.address, until, lambda: "published" in {line["event"] for line in lines_of(log)})
            os.kill(pid, signal.SIGUSR2)
            await until(lambda: [x["level"] for x in lines_of(log) if x["event"] == "log level"] != [], 20)
            await until(lambda: [x for x in lines_of(log) if x["event"] == "log level"][1:] != [], 20)

            async def quiet():
                # A worker may hear of it a moment later.
                before = episodes(log)
                await asyncio.gather(*(ask(service.address) for _ in range(8)))
                return episodes(log) == before

            await until(quiet, 30)


async def ask(address):
    """One query on a connection of its own."""
    async with AsyncClient(address) as client:
        try:
            await client.complete("2 + 2?")
        except PointsmanError:
            return


async def ask_until(address, until, holds):
    """Ask again and again until it holds."""

    async def asked_and_holds():
        await ask(address)
        await asyncio.sleep(0.05)  # the learner stands back where others want to run, and it is waited for, too
        return holds()

    await until(asked_and_holds)


def breaker_lines(log):
    """What was said of breakers, in order."""
    return [line["event"].split(":")[0] for line in lines_of(log) if line["event"].startswith("breaker")]


def episodes(log):
    """How many lines of single queries there are."""
    return sum(line["event"] == "episode" for line in lines_of(log))
