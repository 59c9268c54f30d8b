"""The process that evaluates policies: it answers as the function would, and ends with whoever asked it.

A process that must not end by itself meanwhile is stopped by a signal as soon as it is there: nothing depends on time.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys

import aiohttp
import grpc
import numpy as np
import psutil
import pytest
from pointsman import v1
from pointsman.v1.admin_service_pb2_grpc import AdminServiceStub
from pointsman_learner.static import static_snapshot
from pointsman_learner.types import Model
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.application.evaluation import evaluated
from pointsman_service.config import parse
from pointsman_service.domain.operations import EpisodeQuery, SavingsQuery, WhatIfQuery
from pointsman_service.errors import ConfigurationError, EvaluationEnded, LogUnavailable, OverLimit, UnusableSnapshot
from pointsman_service.ports import NewEpisode, OfSnapshot, OneModel, SavingsAsked, WhatIfAsked
from pointsman_service.process import evaluation
from pointsman_service.process.compose import running
from pointsman_service.process.evaluation_frames import Question, frame
from pointsman_service.process.evaluator import MODULE, NICENESS, ChildEvaluator

POLICY = static_snapshot([Model("small", 1.0, 2.0), Model("large", 10.0, 20.0)]).to_bytes()
ALONE = WhatIfAsked(WhatIfQuery(policy="always:small"), OneModel("small"))
PATIENCE_S = 300.0  # no target: a machine that has other work takes its time


@pytest.fixture
async def storage(tmp_path, an_episode, a_feedback):
    """Sixty episodes of two tenants and two models, each with a word."""
    storage, rng = open_storage(tmp_path, StorageSettings(synchronous="normal")), np.random.default_rng(0)
    for k in range(60):
        models = ("small",) if rng.random() < 0.5 else ("large",)
        episode = an_episode(f"e{k}", tenant="ab"[k % 2], models=models, at=float(k), cost_usd=0.001 * len(models[0]))
        await storage.log.append_episode(NewEpisode(episode))
        await storage.log.append_feedback(a_feedback(f"f{k}", f"e{k}", tenant="ab"[k % 2]))
    yield storage
    await storage.close()


async def held(pids):
    """The first process that is there, stopped."""
    async with asyncio.timeout(PATIENCE_S):
        while not (found := pids()):  # noqa: ASYNC110 - of what another process does, no event tells
            await asyncio.sleep(0)
    (pid,) = found
    os.kill(pid, signal.SIGSTOP)
    return pid


async def gone(pid):
    """Until there is no such process, or none that does anything."""
    async with asyncio.timeout(PATIENCE_S):
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "asked",
    [
        ALONE,
        WhatIfAsked(WhatIfQuery(episodes=EpisodeQuery(tenant="a", end=40.0)), OfSnapshot(0, POLICY)),
        WhatIfAsked(WhatIfQuery(0.5, models=("large",)), OfSnapshot(3, POLICY, 0.5, ("large",))),
        WhatIfAsked(WhatIfQuery(episodes=EpisodeQuery(tenant="nobody")), OneModel("small")),
    ],
    ids=["one model", "the static policy", "another pool", "nothing selected"],
)
async def test_what_if_is_what_the_function_says(storage, tmp_path, asked):
    """To the bit, also where an end of an interval is infinite."""
    assert await ChildEvaluator(tmp_path).what_if(asked) == evaluated(asked, storage.log)


@pytest.mark.parametrize("other", [OneModel("large"), OfSnapshot(2, POLICY)], ids=["one model", "a snapshot"])
async def test_savings_are_what_the_function_says(storage, tmp_path, other):
    """Groups included."""
    asked = SavingsAsked(SavingsQuery(group="tenant"), other, "the other")
    found = await ChildEvaluator(tmp_path).savings(asked)
    assert found == evaluated(asked, storage.log)
    assert [(group.key, group.episodes) for group in found.groups] == [("a", 30), ("b", 30)]


async def test_a_log_that_cannot_be_written_is_read_nonetheless(storage, tmp_path):
    """Somebody holds its lock for ever; nor does the process write anything itself."""
    with sqlite3.connect(storage.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert (await ChildEvaluator(tmp_path).what_if(ALONE)).episodes == 60
        other.execute("ROLLBACK")
    other.close()


async def test_a_process_that_is_killed_is_said_to_be_and_the_next_call_works(storage, tmp_path):
    """By an operator, or by the system where memory is short."""
    evaluator = ChildEvaluator(tmp_path)
    asking = asyncio.create_task(evaluator.what_if(ALONE))
    os.kill(await held(lambda: evaluator.pids), signal.SIGKILL)
    with pytest.raises(EvaluationEnded, match=r"killed by signal 9.*ask again"):
        await asking
    assert (await evaluator.what_if(ALONE)).episodes == 60
    assert not evaluator.pids


async def test_its_process_has_ended_before_a_cancelled_caller_goes_on(storage, tmp_path):
    """Nothing computes for nobody."""
    evaluator = ChildEvaluator(tmp_path)
    asking = asyncio.create_task(evaluator.what_if(ALONE))
    pid = await held(lambda: evaluator.pids)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not psutil.pid_exists(pid)
    assert not evaluator.pids


async def test_it_stands_back(storage, tmp_path):
    """Behind whatever else wants a processor."""
    evaluator = ChildEvaluator(tmp_path)
    asking = asyncio.create_task(evaluator.what_if(ALONE))
    pid = await held(lambda: evaluator.pids)
    assert os.getpriority(os.PRIO_PROCESS, pid) >= NICENESS
    os.kill(pid, signal.SIGCONT)
    assert (await asking).episodes == 60


NEVER_DONE = """
import os, pathlib, signal
from pointsman_service.process import evaluation

def evaluated(_asked, log):
    print(os.getpid(), file=open(os.environ["THERE"], "w"), flush=True)
    signal.pause()

evaluation.evaluated = evaluated
evaluation.main()
"""
ASKS = """
import asyncio, pathlib, sys
from pointsman_service.domain.operations import WhatIfQuery
from pointsman_service.ports import OneModel, WhatIfAsked
from pointsman_service.process import evaluator

evaluator.MODULE = "never_done"
asked = WhatIfAsked(WhatIfQuery(), OneModel("small"))
asyncio.run(evaluator.ChildEvaluator(pathlib.Path(sys.argv[1])).what_if(asked))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the system ends a stopped process with its parent on Linux alone")
def test_it_does_not_outlive_a_service_that_is_killed(tmp_path):
    """Even where it is stopped, and can notice nothing by itself."""
    open_storage(tmp_path).close_blocking()
    (tmp_path / "never_done.py").write_text(NEVER_DONE)
    os.mkfifo(tmp_path / "there")
    environ = {**os.environ, "PYTHONPATH": str(tmp_path), "THERE": str(tmp_path / "there")}
    with subprocess.Popen([sys.executable, "-c", ASKS, str(tmp_path)], env=environ) as service:
        pid = int((tmp_path / "there").read_text())
        os.kill(pid, signal.SIGSTOP)
        service.kill()
    asyncio.run(gone(pid))


@pytest.mark.parametrize("cut", [0, 4, -1], ids=["nothing", "half a length", "half a question"])
def test_without_a_question_it_ends(tmp_path, cut):
    """Its service ended while it began."""
    asked = frame(Question(str(tmp_path), ALONE))[:cut]
    done = subprocess.run([sys.executable, "-m", MODULE], input=asked, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


COMPUTES_FOR_EVER = """
import signal
from pointsman_service.process import evaluation
evaluation.end_with_parent = lambda: None
evaluation.reply_to = lambda _question: (print("computing", flush=True), signal.pause())
evaluation.main()
"""


def test_it_ends_with_its_input_where_the_system_does_not_end_it(tmp_path):
    """On systems other than Linux: amid its work. What is printed meanwhile is no part of the reply."""
    with subprocess.Popen(
        [sys.executable, "-c", COMPUTES_FOR_EVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        child.stdin.write(frame(Question(str(tmp_path), ALONE)))
        child.stdin.flush()
        assert child.stderr.readline() == b"computing\n"
        assert child.poll() is None
        child.stdin.close()
        assert child.stdout.read() == b""
    assert child.returncode == 1


async def test_its_callers_mistakes_and_the_logs_troubles_are_told_as_they_are(storage, tmp_path):
    """With what they are about; what is nobody's mistake is a defect, with where it happened."""
    with pytest.raises(UnusableSnapshot, match="snapshot 5 is of a format") as e:
        await ChildEvaluator(tmp_path).what_if(WhatIfAsked(WhatIfQuery(), OfSnapshot(5, b"other")))
    assert e.value.facts == {"snapshot_version": "5"}
    with pytest.raises((LogUnavailable, ConfigurationError), match="nowhere"):
        await ChildEvaluator(tmp_path / "nowhere").what_if(ALONE)
    assert not (tmp_path / "nowhere").exists()


async def test_a_defect_is_one_of_the_service_with_its_traceback(storage, tmp_path, monkeypatch):
    """Which the log has, and the caller has not."""

    def fails(_asked, _log):
        raise KeyError("broken")

    monkeypatch.setattr(evaluation, "evaluated", fails)
    reply = evaluation.reply_to(Question(str(tmp_path), ALONE))
    assert 'raise KeyError("broken")' in reply.defect


async def test_what_needs_too_much_memory_says_what_to_do(storage, tmp_path, monkeypatch):
    """It is a limit, and no defect."""

    def grows(_asked, _log):
        raise MemoryError

    monkeypatch.setattr(evaluation, "evaluated", grows)
    error = evaluation.reply_to(Question(str(tmp_path), ALONE)).failed.error()
    assert isinstance(error, OverLimit)
    assert "select fewer episodes" in str(error)


GROWS = """
from pointsman_service.machine.memory_bound import bound_memory
import numpy as np
bound_memory(256 * 2**20)
small = np.zeros(2**20)
try:
    np.zeros(2**26)
except MemoryError:
    print("bounded", open("/proc/self/oom_score_adj").read().strip())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is not bounded")
def test_memory_is_bounded():
    """Beyond the bound is an error; and where the machine has none left, this process goes before any other."""
    done = subprocess.run([sys.executable, "-c", GROWS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["bounded", "1000"]


@pytest.mark.parametrize("heavy", ["grpc", "litellm", "aiohttp", "pydantic", "river", "wordllama", "scipy", "pandas"])
def test_it_loads_what_it_needs_alone(loaded_to_evaluate, heavy):
    """It is started for each question."""
    assert heavy not in loaded_to_evaluate


@pytest.fixture(scope="module")
def loaded_to_evaluate():
    """Modules of a fresh process."""
    lines = f"import sys\nimport {MODULE}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def evaluating():
    """Processes of this process's service that evaluate."""
    found = []
    for child in psutil.Process().children():
        try:
            if MODULE in child.cmdline():
                found.append(child.pid)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


@pytest.fixture
def settings(tmp_path):
    """A service without a learner, with both doors."""
    return parse(
        {
            "observability": {"log_level": "error"},
            "learner": {"enabled": False},
            "storage": {"folder": str(tmp_path / "data")},
            "server": {"port": 0, "grace_s": 1.0, "drain_s": 0.0},
            "http": {"port": 0},
        }
    )


async def test_callers_are_told_and_their_end_is_the_processs(settings):
    """Over gRPC: killed, it is UNAVAILABLE with its reason; cancelled, nothing goes on; alone, another is refused."""
    async with (
        running(settings) as service,
        grpc.aio.insecure_channel(service.admin_address) as channel,
    ):
        admin, asked = AdminServiceStub(channel), v1.WhatIfRequest(policy="current")
        call = admin.WhatIf(asked)
        pid = await held(evaluating)
        with pytest.raises(grpc.aio.AioRpcError) as e:
            await admin.WhatIf(asked)
        assert e.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(grpc.aio.AioRpcError) as e:
            await call
        assert e.value.code() is grpc.StatusCode.UNAVAILABLE
        assert "EVALUATION_ENDED" in str(e.value.trailing_metadata())
        assert (await admin.WhatIf(asked)).episode_count == 0
        call = admin.WhatIf(asked)
        pid = await held(evaluating)
        call.cancel()
        await gone(pid)
        assert (await admin.GetSavings(v1.GetSavingsRequest())).total.episode_count == 0


async def test_a_service_that_ends_takes_its_processes_along(settings):
    """Asked for by gRPC and by HTTP, in the middle of their work."""
    async with aiohttp.ClientSession() as http, running(settings) as service:
        channel = grpc.aio.insecure_channel(service.admin_address)
        call = AdminServiceStub(channel).WhatIf(v1.WhatIfRequest(policy="current"))
        over_grpc = await held(evaluating)
        asking = asyncio.create_task(http.get(f"http://{service.http_address}/v1/savings"))
        over_http = await held(lambda: [pid for pid in evaluating() if pid != over_grpc])
    await gone(over_grpc)
    await gone(over_http)
    assert isinstance((await asyncio.gather(call, return_exceptions=True))[0], grpc.aio.AioRpcError)
    await asyncio.gather(asking, return_exceptions=True)
    await channel.close()
