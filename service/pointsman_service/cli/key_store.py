"""Where `pointsman keys` makes its changes: in a service, or in a storage folder on this machine.

Both answer the contract's requests. In a folder no key is asked for: who can write there has all there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from pointsman_service.cli.fields import Given, put
from pointsman_service.cli.key_fields import KEY_FIELDS
from pointsman_service.cli.pages import Asked
from pointsman_service.cli.resources import Resource

if TYPE_CHECKING:
    from pathlib import Path

    from pointsman.v1 import ApiKey

COMPUTED = ("etag", "key_id", "create_time", "rotate_time", "previous_end_time")
KEYS = Resource("ApiKey", "api_key", "name", "keys", KEY_FIELDS, COMPUTED)


class Shown(NamedTuple):
    """A key, and its text where it was just made."""

    key: ApiKey
    secret: str


@contextmanager
def key_store(address: str, folder: Path | None, operator: str | None, *, new: bool = False) -> Iterator[KeyStore]:
    """Of the folder, else of the service. new: the folder may be one that no service has used yet."""
    from pointsman_service.cli.connection import connect, operator_named

    if folder is None:
        with connect(address, operator=operator) as service:
            yield KeyStore(service)
        return
    from pointsman_service.process.offline import folder_service

    with folder_service(folder, operator_named(operator), new=new) as here:
        yield KeyStore(here)


class KeyStore:
    """What `pointsman keys` does."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def every(self, limit: int | None) -> list[ApiKey]:
        """The list of them."""
        return KEYS.every(self._asked, limit)

    def get(self, name: str) -> ApiKey:
        """One of them."""
        key: ApiKey = KEYS.get(self._asked, name)
        return key

    def create(self, name: str, given: Given) -> Shown:
        """A new one."""
        from pointsman import v1

        request = v1.CreateApiKeyRequest()
        put(request.api_key, {"name": name, **given})
        done = self._asked.call(request)
        return Shown(done.api_key, done.secret)

    def update(self, name: str, given: Given, unset: Sequence[str], etag: str | None) -> tuple[ApiKey, ApiKey]:
        """As it was and as it is now. Raises Misuse where nothing was said."""
        return KEYS.update(self._asked, name, given, unset, etag)

    def rotate(self, name: str, overlap_s: float, etag: str | None) -> Shown:
        """Another secret."""
        from pointsman import v1

        done = self._asked.call(v1.RotateApiKeyRequest(name=name, overlap_s=overlap_s, etag=etag))
        return Shown(done.api_key, done.secret)

    def revoke(self, name: str, etag: str | None) -> None:
        """From now on nobody."""
        from pointsman import v1

        self._asked.call(v1.RevokeApiKeyRequest(name=name, etag=etag))
