"""What grpc.health.v1 says of a service and its parts."""

from __future__ import annotations

from pointsman_service.cli.addresses import host_and_port
from pointsman_service.cli.reach import reach

PART = "pointsman."
WAIT_S = 3.0


def health_of(address: str) -> dict[str, str]:
    """By part, "service" for the whole: "serving", "not_serving" ... Raises ConnectionError where nothing answers."""
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc
    from pointsman.tls import credentials_of

    target, how = host_and_port(address), reach()
    credentials = credentials_of(how.tls_ca, how.tls_cert, how.tls_key)
    open_ = grpc.insecure_channel(target) if credentials is None else grpc.secure_channel(target, credentials)
    with open_ as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).List(health_pb2.HealthListRequest(), timeout=WAIT_S)
        except grpc.RpcError as error:
            raise ConnectionError(f"no service tells its health at {target}: {error.code().name}") from error
    word = health_pb2.HealthCheckResponse.ServingStatus.Name
    found = {name: word(each.status).lower() for name, each in answer.statuses.items()}
    parts = {n.removeprefix(PART): s for n, s in sorted(found.items()) if n.startswith(PART) and "Service" not in n}
    return {"service": found.get("", "unknown"), **parts}
