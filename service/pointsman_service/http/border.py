"""The border of every request: who calls is asked, errors become the dialect's, each is counted.

As at the gRPC door a body is received and parsed once its caller may send it and it may begin: what is refused costs no
more than its headers.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass

from aiohttp.web import BaseRequest, Response, StreamResponse

from pointsman_service.application.admission import Requester
from pointsman_service.application.turnstile import Turnstile
from pointsman_service.domain.identity import ANYONE
from pointsman_service.domain.request_limits import Limits
from pointsman_service.domain.requests import Caller
from pointsman_service.errors import Fault, InvalidRequest, PointsmanError
from pointsman_service.http.answers import EVENTS, Answer, Headers, Streamed, Whole
from pointsman_service.http.body import json_object, read_body
from pointsman_service.http.continuing import go_on
from pointsman_service.http.dialects import OPENAI, refusal
from pointsman_service.http.embeddings import UNCONFIGURED
from pointsman_service.http.endpoints import Asked, Endpoint, Endpoints
from pointsman_service.http.error_table import http_error
from pointsman_service.http.extension import KNOWN_HEADERS
from pointsman_service.http.headers import (
    Access,
    admitted,
    caller_of,
    parameters_of,
    printable,
    refuse_unknown,
)
from pointsman_service.observability.structured_log import structlog

CallFinished = Callable[[str, str, float], None]
"""Hears of every call that ended: name, code as gRPC has them, seconds."""

REQUEST_ID = "x-request-id"
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Border:
    """access: whom each request is asked of. deadline_s: of callers who tell none."""

    endpoints: Endpoints
    access: Access
    turnstile: Turnstile
    limits: Limits
    finished: CallFinished
    snapshot_version: Callable[[], int]
    deadline_s: float = 120.0

    async def handle(self, request: BaseRequest) -> StreamResponse:
        """Answer one request."""
        call = _Call(request, _request_id(request))
        endpoint, rest = self._endpoint(request)
        if endpoint is None:
            return self._whole(call, self._nowhere(call))
        started = time.perf_counter()
        entered: Sequence[str] = ()
        try:
            identity, tenant, who = ANYONE, "", None
            if endpoint.role is not None:
                identity, tenant = admitted(request.headers, endpoint.role, self.access)
                who = self.turnstile.who(identity, tenant or None)
                await self._knock(who)
                entered = self.turnstile.enter(who)
                refuse_unknown(request.headers, KNOWN_HEADERS)
            caller = caller_of(request.headers, identity, tenant, self.deadline_s)
            answer = await endpoint.answer(await self._asked(request, endpoint, caller, who, rest))
            return await self._written(call, answer, endpoint)
        except Exception as error:  # noqa: BLE001 - the edge: nothing untranslated leaves
            return self._whole(call, self._refused(endpoint, call, error))
        finally:
            self.turnstile.end(entered)
            self.finished(endpoint.name, call.code, time.perf_counter() - started)

    def _endpoint(self, request: BaseRequest) -> tuple[Endpoint | None, str]:
        path = request.path
        found = self.endpoints.get((request.method, path))
        if found is not None:
            return found, ""
        for (method, folder), endpoint in self.endpoints.items():
            if method == request.method and _is_in(path, folder):
                return endpoint, path.removeprefix(folder)
        return None, ""

    async def _knock(self, who: Requester) -> None:
        """Raise OverLimit where the call may not begin, once that keeps nobody waiting who may."""
        over = self.turnstile.refusal(who)
        if over is not None:
            await self.turnstile.spare()
            raise over.with_traceback(None)  # it is kept, and would keep a frame of each call

    async def _asked(
        self, request: BaseRequest, endpoint: Endpoint, caller: Caller, who: Requester | None, rest: str
    ) -> Asked:
        data = b""
        if endpoint.reads:
            most = endpoint.most_bytes or self.limits.request_bytes
            go_on(request, most)
            data = await read_body(request.content, most, request.content_length)
        if who is not None:
            await self.turnstile.turn(who)
        if not endpoint.reads:
            return Asked(caller, request.headers, {}, rest=rest, parameters=parameters_of(request.query))
        body = await json_object(data, self.limits)
        return Asked(caller, request.headers, body, len(data), rest)

    async def _written(self, call: _Call, answer: Answer, endpoint: Endpoint) -> StreamResponse:
        if isinstance(answer, Whole):
            call.code = "OK"
            return self._whole(call, answer)
        return await self._streamed(call, answer, endpoint)

    def _whole(self, call: _Call, answer: Whole) -> Response:
        headers = {**self._headers(call, answer.headers), "content-type": answer.content_type}
        response = Response(body=answer.body, status=answer.status, headers=headers)
        if not call.request.content.at_eof():
            response.force_close()  # nobody reads the rest of what was refused
        return response

    async def _streamed(self, call: _Call, answer: Streamed, endpoint: Endpoint) -> StreamResponse:
        headers = {**self._headers(call, answer.headers), "content-type": EVENTS, "cache-control": "no-store"}
        response = StreamResponse(headers=headers)
        async with aclosing(answer.source), aclosing(answer.chunks) as chunks:
            await response.prepare(call.request)
            try:
                async for chunk in chunks:
                    await response.write(chunk)
                call.code = "OK"
            except ConnectionError:
                response.force_close()
                return response
            except Exception as error:  # noqa: BLE001 - the edge; the status was sent, so it is told as an event
                fact = self._fact(endpoint.name, error)
                call.code = http_error(fact).counted
                with suppress(ConnectionError):
                    await response.write(endpoint.dialect.event(fact, http_error(fact), call.request_id))
        await response.write_eof()
        return response

    def _refused(self, endpoint: Endpoint, call: _Call, error: Exception) -> Whole:
        fact = self._fact(endpoint.name, error)
        call.code = http_error(fact).counted
        return refusal(fact, endpoint.dialect, call.request_id)

    def _nowhere(self, call: _Call) -> Whole:
        path = call.request.path
        methods = sorted({method for method, served in self.endpoints if served == path or _is_in(path, served)})
        if methods:
            why, status, code = f"{path[:200]} takes {', '.join(methods)}", 405, "method_not_allowed"
        else:
            paths = ", ".join(f"{m} {p}" for m, p in sorted(self.endpoints, key=lambda e: e[1]))
            hint = UNCONFIGURED.get(path, "")
            why, status, code = f"nothing is at {path[:200]}{hint}; there are {paths}", 404, "unknown_url"
        refused = refusal(InvalidRequest([("path", why)], Fault.UNKNOWN_VALUE), OPENAI, call.request_id)
        body = refused.body.replace(b'"invalid_value"', f'"{code}"'.encode(), 1)
        return Whole(body, status, {**refused.headers, **({"allow": ", ".join(methods)} if methods else {})})

    def _headers(self, call: _Call, own: Headers) -> dict[str, str]:
        version = str(self.snapshot_version())
        return {REQUEST_ID: call.request_id, "x-pointsman-snapshot-version": version, **own}

    def _fact(self, name: str, error: Exception) -> PointsmanError:
        """The error where it is one of ours, else an incident."""
        if isinstance(error, PointsmanError) and http_error(error).status != 500:
            return error
        # The cause may hold what another tenant wrote; so the caller gets an id, and the log the cause.
        incident_id = uuid.uuid4().hex
        _log.error("http_defect", endpoint=name, incident_id=incident_id, exc_info=error)
        return PointsmanError(
            f"the service has a defect; its log has the cause under incident {incident_id}", incident_id=incident_id
        )


@dataclass(slots=True)
class _Call:
    """One request on its way. code: under which it is counted."""

    request: BaseRequest
    request_id: str
    code: str = "CANCELLED"


def _request_id(request: BaseRequest) -> str:
    """The caller's own, where it can be told again; else one that the log can be searched for."""
    told = request.headers.get(REQUEST_ID)
    if told is not None and printable(told) and told.isascii():
        return told
    return f"req_{uuid.uuid4().hex}"


def _is_in(path: str, folder: str) -> bool:
    """Whether a path is one of those below it; a model's name may have "/" in it."""
    return folder.endswith("/") and path.startswith(folder) and path != folder
