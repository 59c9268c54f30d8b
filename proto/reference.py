# ruff: noqa: INP001 - a script beside the protos, not a package
"""The reference of the contract, in Markdown, from the comments of the protos. generate.py writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
)

HEAD = """# The contract `pointsman.v1`

Written by proto/generate.py from the comments of the protos; do not edit. How to make stubs of it is in
[README.md](README.md).
"""
_SCALARS = {kind: kind_name.removeprefix("TYPE_").lower() for kind_name, kind in FieldDescriptorProto.Type.items()}
# Numbers of fields in descriptor.proto, of which the path of a location is made.
_MESSAGES, _ENUMS, _SERVICES = 4, 5, 6
_FIELDS, _METHODS, _VALUES = 2, 2, 2

Comments = dict[tuple[int, ...], str]


def reference(described: FileDescriptorSet) -> str:
    """All of it. described: with the comments of the protos; files of other packages are left out."""
    files = [file for file in described.file if file.package == "pointsman.v1"]
    parts = [HEAD, *_contents(files)]
    for file in files:
        comments = {tuple(at.path): " ".join(at.leading_comments.split()) for at in file.source_code_info.location}
        parts += _services(file, comments)
    for file in files:
        comments = {tuple(at.path): " ".join(at.leading_comments.split()) for at in file.source_code_info.location}
        parts += [f"\n# {Path(file.name).name}\n"] if file.message_type or file.enum_type else []
        for i, message in enumerate(file.message_type):
            parts += _message(message, comments, (_MESSAGES, i))
        for i, enum in enumerate(file.enum_type):
            parts += _enum(enum, comments, (_ENUMS, i))
    return "\n".join(parts).rstrip("\n") + "\n"


def _contents(files: Sequence[FileDescriptorProto]) -> Iterator[str]:
    yield "| service | its methods |\n| --- | --- |"
    for file in files:
        for service in file.service:
            methods = ", ".join(f"[{m.name}](#{(service.name + m.name).lower()})" for m in service.method)
            yield f"| [{service.name}](#{service.name.lower()}) | {methods} |"


def _services(file: FileDescriptorProto, comments: Comments) -> Iterator[str]:
    for i, service in enumerate(file.service):
        yield f"\n## {service.name}\n\n{comments.get((_SERVICES, i), '')}"
        for j, method in enumerate(service.method):
            yield _method(service.name, method, comments.get((_SERVICES, i, _METHODS, j), ""))


def _method(service: str, method: MethodDescriptorProto, comment: str) -> str:
    answer = f"{'a stream of ' if method.server_streaming else ''}{_linked(method.output_type)}"
    return f"\n### {service}/{method.name}\n\n{comment}\n\n{_linked(method.input_type)} is answered with {answer}."


def _message(message: DescriptorProto, comments: Comments, path: tuple[int, ...]) -> Iterator[str]:
    yield f"\n### {message.name}\n\n{comments.get(path, '')}"
    if message.field:
        yield "\n| field | type | |\n| --- | --- | --- |"
        maps = {f".{message.name}.{n.name}": n for n in message.nested_type if n.options.map_entry}
        for i, field in enumerate(message.field):
            comment = comments.get((*path, _FIELDS, i), "").replace("|", "\\|")
            yield f"| `{field.name}` = {field.number} | {_type(field, message, maps)} | {comment} |"


def _enum(enum: EnumDescriptorProto, comments: Comments, path: tuple[int, ...]) -> Iterator[str]:
    yield f"\n### {enum.name}\n\n{comments.get(path, '')}\n\n| value | |\n| --- | --- |"
    for i, value in enumerate(enum.value):
        comment = comments.get((*path, _VALUES, i), "").replace("|", "\\|")
        yield f"| `{value.name}` = {value.number} | {comment} |"


def _type(field: FieldDescriptorProto, message: DescriptorProto, maps: dict[str, DescriptorProto]) -> str:
    entry = next((m for name, m in maps.items() if field.type_name.endswith(name)), None)
    if entry is not None:
        return f"map of {_plain(entry.field[0])} to {_plain(entry.field[1])}"
    if field.label == FieldDescriptorProto.LABEL_REPEATED:
        return f"repeated {_plain(field)}"
    if field.proto3_optional:
        return f"optional {_plain(field)}"
    if field.HasField("oneof_index"):
        return f"{_plain(field)}, one of `{message.oneof_decl[field.oneof_index].name}`"
    return _plain(field)


def _plain(field: FieldDescriptorProto) -> str:
    return _linked(field.type_name) if field.type_name else _SCALARS[field.type]


def _linked(type_name: str) -> str:
    name = type_name.removeprefix(".")
    short = name.removeprefix("pointsman.v1.")
    return f"[{short}](#{short.lower()})" if short != name else f"`{name}`"
