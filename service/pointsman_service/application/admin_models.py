"""Models, as operators look at and change them."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman_service.application.admin_part import AdminPart
from pointsman_service.application.changes import Edit
from pointsman_service.application.edits import check_etag, created, deleted, updated
from pointsman_service.application.present import present
from pointsman_service.domain import ModelConfig
from pointsman_service.domain.configuration import InForce
from pointsman_service.domain.generation import is_known, unknown_param
from pointsman_service.domain.near_miss import nearest
from pointsman_service.domain.operations import ChangeContext, Changed, Fields, ModelState, Page, PageRequest
from pointsman_service.domain.pages import page_of
from pointsman_service.errors import AlreadyExists, Fault, InvalidRequest, UnknownModel

KIND = "models"


class ModelAdmin(AdminPart):
    """Implements the part of `rpc.application.Admin` that is about models."""

    async def list_models(self, page: PageRequest) -> Page[ModelState]:
        """See the port."""
        now = self._p.configuration.check()
        names = page_of(list(now.models), page, str)
        return Page([self._state(name, now) for name in names.items], names.next_token)

    async def get_model(self, name: str) -> ModelState:
        """See the port."""
        now = self._p.configuration.check()
        _refuse_unknown(now, name)
        return self._state(name, now)

    async def create_model(self, name: str, fields: Fields, change: ChangeContext) -> Changed[ModelState | None]:
        """See the port."""

        def edit(now: InForce) -> Edit:
            if name in now.models:
                raise AlreadyExists(f"there is a model {name!r} already; update it", model=name)
            _check_params(fields, None)
            return created(now.layers, KIND, name, fields)

        replayed = await self._p.changes.make("CreateModel", {"name": name, "fields": fields}, change, edit)
        return Changed(await present(self.get_model, name, UnknownModel, replayed=replayed), replayed)

    async def update_model(
        self, name: str, fields: Fields, etag: str | None, change: ChangeContext
    ) -> Changed[ModelState | None]:
        """See the port."""

        def edit(now: InForce) -> Edit:
            _refuse_unknown(now, name)
            check_etag(now, KIND, name, etag)
            _check_params(fields, now.models[name])
            return updated(now.layers, KIND, name, fields)

        content = {"name": name, "fields": fields, "etag": etag}
        replayed = await self._p.changes.make("UpdateModel", content, change, edit)
        return Changed(await present(self.get_model, name, UnknownModel, replayed=replayed), replayed)

    async def delete_model(self, name: str, etag: str | None, change: ChangeContext) -> Changed[None]:
        """See the port."""

        def edit(now: InForce) -> Edit:
            _refuse_unknown(now, name)
            check_etag(now, KIND, name, etag)
            return deleted(now.layers, KIND, name)

        return Changed(None, await self._p.changes.make("DeleteModel", {"name": name, "etag": etag}, change, edit))

    def _state(self, name: str, now: InForce) -> ModelState:
        config = now.models[name]
        return ModelState(
            config,
            now.etags[KIND, name],
            self._p.availability(config),
            self._p.breakers(config),
            self._p.reach(config).chance,
        )


def _check_params(fields: Fields, model: ModelConfig | None) -> None:
    """Refuse parameters that do not say how to generate: those with addresses and keys are the file's alone."""
    allowed = ("stream_options", *(model.allow_params if model is not None else ()))
    given = fields.get("params")
    names = given if isinstance(given, Mapping) else ()  # what is no object, the rules refuse
    wrong = [name for name in names if not is_known(name) and name not in allowed]
    if wrong:
        raise InvalidRequest(
            [("model.params_json", f"{unknown_param(n)} (in the file)") for n in wrong], Fault.NOT_ALLOWED
        )


def _refuse_unknown(now: InForce, name: str) -> None:
    if name not in now.models:
        raise UnknownModel(f"no model is named {name!r}{nearest(name, list(now.models))}", model=name)
