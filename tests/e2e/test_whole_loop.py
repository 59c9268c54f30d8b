"""The whole loop over real sockets and processes: call, log, feedback, learning, and the next decision."""

import asyncio
import os
import signal

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pointsman import AsyncClient, v1
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.process.verify import verify
from pointsman_service.replay.sources import open_table

PROMPTS = open_table("starter").prompts


def reading(settings):
    """The service's storage, to look at."""
    return open_storage(settings.storage.folder, StorageSettings(read_only=True))


async def version_of(client):
    """Version of the snapshot that decides now."""
    return (await client.route("hello")).decision.snapshot_version


async def test_a_call_is_answered_learnt_from_and_the_next_decision_knows(serve, until):
    """Complete, feedback, and a newer snapshot decides, without a restart or a wait in the request path."""
    async with serve() as service, AsyncClient(service.address) as client:
        answers = [await client.complete(prompt) for prompt in PROMPTS[:8]]
        assert all(a.answer.text for a in answers)

        async def decides_by_a_snapshot():
            return await version_of(client) > 0

        await until(decides_by_a_snapshot)
        before = await version_of(client)
        for a in answers:
            receipt = await client.feedback(a.episode_id, thumb=True)
            assert receipt.log_position > 0
            assert not receipt.replayed

        async def decides_by_a_newer_one():
            return await version_of(client) > before

        await until(decides_by_a_newer_one)
        settings = service.settings
    storage = reading(settings)
    assert verify(storage.log, storage.checkpoints, settings.learner.policy).holds
    storage.close_blocking()


async def test_every_admin_view_answers_in_the_first_minute(serve):
    """A newcomer can call every RPC without a configuration."""
    async with serve() as service, AsyncClient(service.address, admin_address=service.admin_address) as client:
        await client.complete(PROMPTS[0])
        models = await client.call(v1.ListModelsRequest())
        assert [m.model for m in models.models] == ["starter-small", "starter-medium", "starter-large"]
        nodes = (await client.call(v1.ListTaxonomyNodesRequest())).nodes
        assert nodes[0].node_id == "root"
        assert len(nodes) > 40
        assert {j.job for j in (await client.call(v1.ListJobsRequest())).jobs} >= {"promote", "prune"}
        assert (await client.call(v1.GetStatsRequest())).total.episode_count == 1
        await client.call(v1.WhatIfRequest(cost_weight=5.0))
        await client.call(v1.ListSnapshotsRequest())
        await client.call(v1.GetJudgeStatsRequest())
        assert len((await client.call(v1.ListEpisodesRequest())).episodes) == 1
        assert len((await client.call(v1.ListConfigValuesRequest())).values) > 0
        await client.call(v1.ListTenantsRequest())
        assert (await client.call(v1.GetTenantRequest(tenant="default"))).tenant.tenant == "default"


async def test_a_stream_carries_the_trace_and_the_answer(serve):
    """The pieces make up the text of the summary."""
    async with serve() as service, AsyncClient(service.address) as client:
        items = [item async for item in client.stream_complete(PROMPTS[0], trace=True)]
    kinds = [item.WhichOneof("item") for item in items]
    assert (kinds[0], kinds[-1]) == ("begun", "summary")
    events = {item.trace.WhichOneof("event") for item in items if item.HasField("trace")}
    assert events >= {"decided", "step_started", "step_finished", "verdict_given", "answer_accepted"}
    pieces = "".join(item.text.text for item in items if item.HasField("text"))
    assert pieces == items[-1].summary.answer.text


async def test_routing_goes_on_without_a_learner_and_it_comes_back(serve, until, is_alive):
    """Killed, it is started again; in between every request is answered."""
    async with serve() as service, AsyncClient(service.address) as client:

        async def decides_by_a_snapshot():
            return await version_of(client) > 0

        await until(decides_by_a_snapshot)
        first = service.learner.pid
        os.kill(first, signal.SIGKILL)
        for prompt in PROMPTS[:5]:
            assert (await client.complete(prompt)).answer.text
        await until(lambda: service.learner.pid not in (None, first) and is_alive(service.learner.pid))
        before = await version_of(client)

        async def learns_again():
            await client.complete(PROMPTS[0])
            return await version_of(client) > before

        await until(learns_again)


async def test_kill_9_amid_traffic_loses_nothing_that_was_acknowledged(process, configure, is_alive, until):
    """Every acknowledged answer and feedback is in the log; after a restart learnt state is the fold of it."""
    episodes, thumbs = [], []

    async def traffic(client, k):
        for i in range(1000):
            answer = await client.complete(PROMPTS[(i + k) % len(PROMPTS)])
            episodes.append(answer.episode_id)
            thumbs.append((await client.feedback(answer.episode_id, thumb=i % 2 == 0)).request_id)

    async with process() as service:
        client = AsyncClient(service.address, timeout_s=60.0)
        tasks = [asyncio.create_task(traffic(client, k)) for k in range(4)]
        await until(lambda: len(thumbs) >= 60 or any(task.done() for task in tasks))
        assert len(thumbs) >= 60, [task.exception() for task in tasks if task.done()]
        await service.kill()
        for task in tasks:
            task.cancel()  # or each would wait its minute for a service that does not come back
        await asyncio.gather(*tasks, return_exceptions=True)
        await client.close()
        await until(lambda: not is_alive(service.learner_pid))
    settings = configure()
    async with process() as service, AsyncClient(service.address) as client:
        logged = [await client.get_episode(episode_id) for episode_id in episodes]
        given = {f.request_id for e in logged for f in e.feedback}
        assert set(thumbs) <= given
        storage = reading(settings)

        async def has_learnt_everything():
            newest = storage.snapshots.list(1)
            return bool(newest) and newest[0].position == await storage.log.end()

        await until(has_learnt_everything)  # told to end, it learns what little time allows, and no more
        assert await service.terminate() == 0
    result = verify(storage.log, storage.checkpoints, settings.learner.policy)
    end = await storage.log.end()
    storage.close_blocking()
    assert result.holds, str(result)
    assert (result.since, result.position) == (0, end)


async def test_sigterm_lets_a_running_call_finish_and_takes_no_new_one(process):
    """Then everything ends, with exit code 0, the learner included."""
    async with process(replay={"latency": 500.0}) as service:
        async with AsyncClient(service.address) as client:
            stream = client.stream_complete(PROMPTS[0], trace=True)
            async for item in stream:
                if item.HasField("trace") and item.trace.HasField("step_started"):
                    break  # the call is under way
            ending = asyncio.create_task(service.terminate())
            rest = [item async for item in stream]
            assert rest[-1].summary.answer.text
        assert await ending == 0


async def test_several_workers_share_a_port_a_log_and_a_learner(serve):
    """What an operator tells one of them, all of them know."""
    async with serve(server={"workers": 2}) as service:
        assert len({w.pid for w in service.workers}) == 2
        channels = [_channel(service.address) for _ in range(8)]
        clients = [AsyncClient(channel=channel) for channel in channels]
        episodes = [(await c.complete(PROMPTS[i])).episode_id for i, c in enumerate(clients)]
        for c in clients:
            assert [(await c.get_episode(e)).episode_id for e in episodes] == episodes
        for channel in channels:
            await channel.close()


def _channel(address):
    """A connection of its own, so that the kernel spreads them over the workers."""
    return grpc.aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])


async def test_health_and_reflection_say_what_is_served(serve):
    """As grpcurl discovers it."""
    async with serve() as service, grpc.aio.insecure_channel(service.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        status = (await health.Check(health_pb2.HealthCheckRequest(service="pointsman.v1.RouterService"))).status
        assert status == health_pb2.HealthCheckResponse.SERVING


async def test_metrics_are_scraped_where_a_port_is_given(serve):
    """Of a running service, the log's gauges too."""
    import urllib.request

    from pointsman_service.demo.processes import free_port

    port = free_port()
    async with serve(observability={"prometheus_port": port, "log_level": "error"}) as service:
        async with AsyncClient(service.address) as client:
            await client.complete(PROMPTS[0])
        text = await asyncio.to_thread(
            lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
        )
    assert 'pointsman_rpcs_total{code="OK",method="Complete"} 1.0' in text
    assert "pointsman_learner_lag_events" in text


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_port_that_is_taken_stops_the_start_and_leaves_nothing_running(serve, workers):
    """With one line that names the address."""
    import socket

    from pointsman_service.errors import ConfigurationError

    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(ConfigurationError, match=str(port)):
            async with serve(server={"port": port, "workers": workers}):
                pass
