# ruff: noqa: INP001 - a script beside the protos, not a package
"""Writes what is made of the protos; with --check, says whether what is committed matches.

    python proto/generate.py [--check]

The Python stubs of clients/python, the descriptor set proto/pointsman.v1.binpb, and proto/REFERENCE.md.

Beside what protoc writes, each service gets typed `_pb2_grpc.pyi` stubs (grpcio-tools has none), and `pointsman.v1`
re-exports every message, enum and enum value, so that callers import one name.
"""

from __future__ import annotations

import argparse
import importlib.resources
import sys
import tempfile
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet, ServiceDescriptorProto
from grpc_tools import protoc
from reference import reference

PROTO = Path(__file__).resolve().parent
CLIENT = PROTO.parent / "clients" / "python"
PACKAGE = Path("pointsman", "v1")
DESCRIPTORS, REFERENCE = "pointsman.v1.binpb", "REFERENCE.md"


def generate(out: Path) -> None:
    """Write pointsman/v1 below `out`. Raises RuntimeError where protoc refuses the protos."""
    (out / PACKAGE).mkdir(parents=True, exist_ok=True)
    files = sorted((PROTO / PACKAGE).glob("*.proto"))
    services = [f for f in files if f.name.endswith("_service.proto")]
    descriptors = out / "descriptors.bin"
    _protoc(f"--python_out={out}", f"--pyi_out={out}", f"--descriptor_set_out={descriptors}", *files)
    _protoc(f"--grpc_python_out={out}", *services)
    described = FileDescriptorSet.FromString(descriptors.read_bytes())
    descriptors.unlink()
    for file in described.file:
        if file.service:
            (out / PACKAGE / f"{Path(file.name).stem}_pb2_grpc.pyi").write_text(_grpc_pyi(file))
    (out / PACKAGE / "__init__.py").write_text(_exports(described))


def describe(out: Path) -> None:
    """Write the descriptor set, imports included and without comments, and the reference, below `out`."""
    files = sorted((PROTO / PACKAGE).glob("*.proto"))
    commented = out / "commented.binpb"
    _protoc("--include_source_info", f"--descriptor_set_out={commented}", *files)
    (out / REFERENCE).write_text(reference(FileDescriptorSet.FromString(commented.read_bytes())), encoding="utf-8")
    commented.unlink()
    _protoc("--include_imports", f"--descriptor_set_out={out / DESCRIPTORS}", *files)


def stale_descriptions(out: Path = PROTO) -> list[str]:
    """Names of the committed descriptor set and reference, where they are not what the protos say now."""
    with tempfile.TemporaryDirectory() as fresh:
        describe(Path(fresh))
        return [
            name
            for name in (DESCRIPTORS, REFERENCE)
            if not (out / name).is_file() or (out / name).read_bytes() != (Path(fresh) / name).read_bytes()
        ]


def stale(out: Path = CLIENT) -> list[str]:
    """Names of the committed stubs that differ from what the protos say now, or are missing, or superfluous."""
    with tempfile.TemporaryDirectory() as fresh:
        generate(Path(fresh))
        wanted = {p.name: p.read_bytes() for p in (Path(fresh) / PACKAGE).iterdir()}
    found = {p.name: p.read_bytes() for p in (out / PACKAGE).iterdir() if p.is_file()}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def _protoc(*args: object) -> None:
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    if protoc.main(["protoc", f"-I{PROTO}", f"-I{well_known}", *map(str, args)]) != 0:
        raise RuntimeError("protoc refused the protos; its message is above")


def _exports(described: FileDescriptorSet) -> str:
    lines = ['"""Every message and enum of the wire contract. Written by proto/generate.py; do not edit."""', ""]
    names: list[str] = []
    for file in described.file:
        values = (value.name for enum in file.enum_type for value in enum.value)
        of_file = sorted([*(m.name for m in file.message_type), *(e.name for e in file.enum_type), *values])
        names += of_file
        lines += [f"from pointsman.v1.{Path(file.name).stem}_pb2 import (", *(f"    {n}," for n in of_file), ")"]
    return "\n".join([*lines, "", "__all__ = [", *(f'    "{n}",' for n in sorted(names)), "]", ""])


def _grpc_pyi(file: FileDescriptorProto) -> str:
    module = f"{Path(file.name).stem}_pb2"
    head = [
        "from collections.abc import AsyncIterator as _AsyncIterator, Awaitable as _Awaitable",
        "from typing import Any as _Any",
        "",
        f"from pointsman.v1 import {module} as _pb",
        "",
    ]
    return "\n".join(head + [line for service in file.service for line in _service_pyi(service)])


def _service_pyi(service: ServiceDescriptorProto) -> list[str]:
    lines = [f"class {service.name}Stub:", "    def __init__(self, channel: _Any) -> None: ..."]
    lines += [f"    {m.name}: _Any" for m in service.method]
    lines += ["", f"class {service.name}Servicer:"]
    for m in service.method:
        request, response = (f"_pb.{t.rpartition('.')[2]}" for t in (m.input_type, m.output_type))
        returns = f"_AsyncIterator[{response}]" if m.server_streaming else f"_Awaitable[{response}]"
        lines.append(f"    def {m.name}(self, request: {request}, context: _Any) -> {returns}: ...")
    adder = f"def add_{service.name}Servicer_to_server(servicer: {service.name}Servicer, server: _Any) -> None: ..."
    return [*lines, "", adder, ""]


def main() -> int:
    """Generate, or check and return 1 where something is stale."""
    parser = argparse.ArgumentParser(description="Stubs, descriptor set and reference from the protos.")
    parser.add_argument("--check", action="store_true", help="only say whether the committed stubs match")
    if not parser.parse_args().check:
        generate(CLIENT)
        describe(PROTO)
        return 0
    if names := [*stale(), *stale_descriptions()]:
        sys.stderr.write(f"stale, run `make proto`: {', '.join(names)}\n")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
