"""store_prompts = "hash" | "none": no word of anybody is in the folder, in the log's lines, or in spans."""

import asyncio
import json
import sys

import grpc
import pytest
from pointsman import v1
from pointsman.v1.feedback_service_pb2_grpc import FeedbackServiceStub
from pointsman.v1.router_service_pb2_grpc import RouterServiceStub

from tests.local_server import raw_provider, serve_program

CODE = serve_program("s.address")
PROMPT, ANSWER, ARGUMENT, JUDGED, FAILED, HINTED, TOOL, CORRECTED, COMMENTED, REPORTED, GARBAGE = WORDS = (
    *("canaryprompt", "canaryanswer", "canaryargument", "canaryjudge", "canaryerror", "canaryhint", "canarytool"),
    *("canarycorrection", "canarycomment", "canaryreport", "canarygarbage"),
)
HOWS = ("answer", "tool", "error", "garbage", "cut")


def http(status, body, content_type="application/json"):
    """A whole response."""
    raw = body.encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {len(raw)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + raw


def completion(message):
    """An answer as OpenAI's wire has it."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}
    head = {"id": "c", "object": "chat.completion", "created": 0, "model": "m"}
    return http(200, json.dumps({**head, "choices": [choice], "usage": usage}))


def streamed(text):
    """The same, as a stream."""
    head = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    deltas = [({"role": "assistant", "content": text}, None), ({}, "stop")]
    chunks = [{**head, "choices": [{"index": 0, "delta": d, "finish_reason": f}]} for d, f in deltas]
    body = "".join(f"data: {json.dumps(c)}\n\n" for c in chunks) + "data: [DONE]\n\n"
    return http(200, body, "text/event-stream")


def said(body):
    """What the provider says, by the model that is asked."""
    call = {"id": "1", "type": "function", "function": {"name": "find", "arguments": json.dumps({"q": ARGUMENT})}}
    match body["model"]:
        case "answer":
            return streamed(ANSWER) if body.get("stream") else completion({"content": ANSWER})
        case "tool":
            return completion({"content": None, "tool_calls": [call]})
        case "judge":
            return completion({"content": f"I would rather talk of {JUDGED}, and of {ANSWER}."})
        case "error":
            return http(400, json.dumps({"error": {"message": f"cannot take {PROMPT}: {FAILED}"}}))
        case "garbage":
            return http(200, f"<html>{GARBAGE}</html>", "text/html")
    return http(500, f"{FAILED} " * 40, "text/plain")


def provider():
    """One that says what it is asked for."""
    return raw_provider(lambda _head, body: said(body))


def query(how, **more):
    """A query that says a word in each of its places."""
    schema = {"type": "object", "properties": {"q": {"type": "string"}}}
    tool = json.dumps({"type": "function", "function": {"name": "find", "description": TOOL, "parameters": schema}})
    return v1.Query(
        messages=[v1.ChatMessage(role=v1.ROLE_USER, content=f"What is {PROMPT}?")],
        hints=v1.Hints(task=HINTED, domain=HINTED, language=HINTED),
        tools_json=[tool] if how == "tool" else [],
        models=[how] if how else [],
        **more,
    )


async def until_a_judge_said_nothing_of_use(router):
    """Whether a judge is asked is drawn."""
    for _ in range(200):
        done = await router.Complete(v1.CompleteRequest(query=query("answer")), timeout=60)
        told = await router.GetEpisode(v1.GetEpisodeRequest(episode_id=done.episode_id))
        if any(v.error.startswith("no_verdict") for step in told.episode.steps for v in step.verdicts):
            return
    raise AssertionError("no judge was asked in 200 queries")


async def everything(address):
    """Each way in which a word comes in; what callers are told."""
    told = []
    async with grpc.aio.insecure_channel(address) as channel:
        router, feedback = RouterServiceStub(channel), FeedbackServiceStub(channel)
        for how in HOWS:
            try:
                told.append(await router.Complete(v1.CompleteRequest(query=query(how)), timeout=60))
                async for item in router.StreamComplete(v1.StreamCompleteRequest(query=query(how)), timeout=60):
                    told.append(item)
            except grpc.aio.AioRpcError as error:
                told.append(error.details())
        await until_a_judge_said_nothing_of_use(router)
        again = v1.CompleteRequest(query=query("answer", end_user_id="ann"), request_id="r-1")
        once, twice = [await router.Complete(again, timeout=60) for _ in range(2)]
        assert (once.answer.text, twice.answer.text, twice.replayed) == (ANSWER, ANSWER, True)
        correction = v1.Feedback(episode_id=once.episode_id, correction=CORRECTED, comment=COMMENTED)
        await feedback.RecordFeedback(v1.RecordFeedbackRequest(feedback=correction))
        routed = await router.Route(v1.RouteRequest(query=query("")))
        await router.ReportOutcome(
            v1.ReportOutcomeRequest(
                episode_id=routed.episode_id,
                failure=v1.Failure(kind=v1.FAILURE_KIND_TIMEOUT, message=REPORTED),
                verdicts=[v1.Verdict(judge="rubric", error=REPORTED)],
            )
        )
        told.append(await router.GetEpisode(v1.GetEpisodeRequest(episode_id=once.episode_id)))
        told.append(await router.ExplainEpisode(v1.ExplainEpisodeRequest(episode_id=routed.episode_id)))
    return told


@pytest.mark.parametrize(("mode", "adapter"), [("hash", "openai"), ("none", "litellm")])
async def test_no_word_is_kept_where_none_may_be(configure, tmp_path, mode, adapter):
    """Prompts, hints, tools, answers, arguments, judges' replies, providers' errors, corrections, comments, reports.

    On the real process, over gRPC, with lines at debug level and spans; in the meantime callers are told it all.
    """
    async with provider() as base_url:
        prefix = "openai/" if adapter == "litellm" else ""
        models = [
            {"name": how, "provider_model": prefix + how, "adapter": adapter, "base_url": base_url, "unpriced": True}
            for how in (*HOWS, "judge")
        ]
        rubric = {"name": "rubric", "kind": "rubric", "model": "judge", "cost_usd": 1e-9}
        settings = configure(
            models=models,
            judges=[{"name": "format", "kind": "format"}, rubric],
            storage={"store_prompts": mode},
            observability={"log_level": "debug", "log_format": "json", "otel": "console"},
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CODE, settings.model_dump_json()),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            address = (await asyncio.wait_for(process.stdout.readline(), 120)).decode().strip()
            told = str(await everything(address))
            kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        finally:
            process.terminate()
            printed, logged = await process.communicate()
    kept += b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert ANSWER in told
    assert FAILED in told
    assert b"rubric" in kept
    assert b"no_verdict: words not kept" in kept
    assert b"gen_ai.operation.name" in printed
    for word in WORDS:
        for where, what in (("folder", kept), ("lines", logged), ("spans", printed)):
            assert word.encode() not in what, (word, where)
