"""Whether a service answers at an address, asked as load balancers ask."""

from __future__ import annotations

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

WAIT_S = 2.0


def is_serving(address: str) -> bool:
    """Whether a Pointsman at this HOST:PORT says that it serves, in plain text and within WAIT_S."""
    with grpc.insecure_channel(address) as channel:
        request = health_pb2.HealthCheckRequest(service="pointsman.v1.RouterService")
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(request, timeout=WAIT_S)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
