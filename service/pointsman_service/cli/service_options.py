"""What every command that asks a service takes: of operators' commands where AdminService listens."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from pointsman_service.cli.addresses import ADDRESS, ADMIN_ADDRESS, ADMIN_VARIABLE, admin_address
from pointsman_service.cli.options import AdminAddress
from pointsman_service.cli.reach import Reach, reaching

_ADMIN_OPTION = Annotated[
    str | None,
    typer.Option(
        "--admin-address",
        envvar=ADMIN_VARIABLE,
        help="Where the service listens for operators: HOST:PORT. [default: the port after --address's]",
    ),
]
_TLS = {
    "tls_ca": ("POINTSMAN_TLS_CA", 'The CA of the service, in PEM; "system" for those that this machine trusts.'),
    "tls_cert": ("POINTSMAN_TLS_CERT", "A certificate to show to the service, in PEM."),
    "tls_key": ("POINTSMAN_TLS_KEY", "The key of --tls-cert, in PEM."),
}


def add_to(app: typer.Typer) -> None:
    """Give the commands of an app, and of its groups, the options of the service that they ask."""
    for command in app.registered_commands:
        if command.callback is not None:
            command.callback = with_options(command.callback)
    for group in app.registered_groups:
        if group.typer_instance is not None:
            add_to(group.typer_instance)


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """The command; where it asks AdminService, its `address` is then that of operators."""
    own = inspect.signature(command, eval_str=True)
    if ADDRESS not in own.parameters:
        return command
    asks_admin = own.parameters[ADDRESS].annotation == AdminAddress

    @functools.wraps(command)
    def run(service_context: typer.Context, **options: Any) -> None:  # noqa: ANN401 - the options of any command
        tls = {name: options.pop(name) for name in _TLS}
        if asks_admin:
            options[ADDRESS] = admin_address(service_context)
            del options[ADMIN_ADDRESS]
        with reaching(Reach("--admin-address" if asks_admin else "--address", **tls)):
            command(**options)

    kept = [p.replace(kind=p.KEYWORD_ONLY) for p in own.parameters.values()]
    context = inspect.Parameter("service_context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    added = [_option(ADMIN_ADDRESS, _ADMIN_OPTION)] if asks_admin else []
    added += [_option(name, _tls_option(name, *said)) for name, said in _TLS.items()]
    at = next(i for i, p in enumerate(kept) if p.name == ADDRESS) + 1
    run.__signature__ = own.replace(parameters=[context, *kept[:at], *added, *kept[at:]])  # type: ignore[attr-defined]
    return run


def _tls_option(name: str, variable: str, text: str) -> Any:  # noqa: ANN401 - an annotation
    return Annotated[
        str | None,
        typer.Option(f"--{name.replace('_', '-')}", envvar=variable, help=text, metavar="FILE"),
    ]


def _option(name: str, annotation: Any) -> inspect.Parameter:  # noqa: ANN401
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
