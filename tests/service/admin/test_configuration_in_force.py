"""What is in force, whose word it is, and that it is a fold of the log."""

import asyncio
import sqlite3

import pytest
from pointsman_learner.events import ConfigurationDeclared, OperatorActed
from pointsman_service.adapters.sqlite.storage import StorageSettings, open_storage
from pointsman_service.config import parse
from pointsman_service.domain.configuration import Refused
from pointsman_service.domain.operations import ChangeContext, PageRequest
from pointsman_service.errors import ConfigurationError, InvalidRequest, LogUnavailable, RequestConflict, UnknownKey
from pointsman_service.process.declaring import checked, declare, declare_to, hidden_by_changes, hidden_lines
from pointsman_service.process.offline import folder_desk
from pointsman_service.process.opening import rules
from pointsman_service.process.verify import verify_configuration


async def change_much(process, ann):
    """A change of each kind."""
    await process.admin.update_model("small", {"input_usd_per_million": 2.0, "capabilities.tools": True}, None, ann)
    await process.admin.create_model("new", {"base_url": "http://h/v1", "unpriced": True}, ann)
    await process.admin.update_tenant("acme", {"ceiling_usd": None}, None, ann)
    await process.admin.delete_tenant("default", None, ann)
    await process.admin.delete_model("gpt-4.1", None, ChangeContext("bob", "r-9"))


async def test_every_value_has_its_origin(start, shown, monkeypatch):
    """Default, file, environment; litellm's price map is a default."""
    monkeypatch.setenv("POINTSMAN_TENANTS__ACME__CEILING_USD", "7")
    monkeypatch.setenv("POINTSMAN_SERVER__PORT", "7070")
    found = await shown(await start())
    said = {key: (value.value, value.origin) for key, value in found.items()}
    assert said["server.port"] == (7070, "environment")
    assert said["server.workers"] == (1, "default")
    assert said["tenants.acme.ceiling_usd"] == (7.0, "environment")
    assert said["tenants.acme.period_s"] == (60.0, "file")
    assert said["models.small"] == (True, "file")
    assert said["models.small.enabled"] == (True, "default")
    assert said["models.small.adapter"] == ("openai", "default")
    assert said['models."gpt-4.1".provider_model'] == ("gpt-4o-mini", "file")
    price, origin = said['models."gpt-4.1".input_usd_per_million']
    assert (price, origin) == (pytest.approx(0.15), "default")
    assert said['models."gpt-4.1".capabilities.input_modalities'] == (["text", "image", "file"], "default")
    assert said["models.judge.input_usd_per_million"] == (None, "default")
    assert said["judges.rubric.model"] == ("judge", "file")
    assert said["taxonomy.math.title"] == ("Mathematics", "default")
    assert list(found) == sorted(found)


async def test_a_run_time_change_beats_the_environment(start, shown, monkeypatch, ann):
    """Which beats the file."""
    monkeypatch.setenv("POINTSMAN_TENANTS__ACME__CEILING_USD", "7")
    process = await start()
    await process.admin.update_tenant("acme", {"ceiling_usd": 9.0}, None, ann)
    value = (await shown(await start()))["tenants.acme.ceiling_usd"]
    assert (value.value, value.origin, value.hidden) == (9.0, "changed", 7.0)


async def test_a_changed_price_hides_the_price_maps(start, shown, ann):
    """Where nothing is declared, the default is what a reset would bring."""
    process = await start()
    await process.admin.update_model("gpt-4.1", {"input_usd_per_million": 5.0}, None, ann)
    value = (await shown(process, "models.gpt-4.1.input"))['models."gpt-4.1".input_usd_per_million']
    assert (value.value, value.hidden) == (5.0, pytest.approx(0.15))


async def test_prefixes_and_changes_select(start, shown, ann):
    """With quotes around names or without."""
    process = await start()
    await process.admin.update_model("small", {"enabled": False}, None, ann)
    assert list(await shown(process, changed_only=True)) == ["models.small.enabled"]
    assert {key.split(".")[0] for key in await shown(process, "tenants.")} == {"tenants"}
    quoted, plain = await shown(process, 'models."gpt-4.1"'), await shown(process, "models.gpt-4.1")
    assert quoted == plain
    assert len(plain) > 5
    with pytest.raises(InvalidRequest, match="page_token"):
        await process.admin.list_config_values("", PageRequest(1, "x"), changed_only=False)


async def test_only_what_was_changed_can_be_reset(start, ann):
    """With the nearest key that was."""
    process = await start()
    await process.admin.update_model("small", {"enabled": False}, None, ann)
    with pytest.raises(UnknownKey, match=r'did you mean "models\.small\.enabled"'):
        await process.admin.reset_config("models.small.enabeld", ann)
    with pytest.raises(UnknownKey, match="only models, tenants, taxonomy"):
        await process.admin.reset_config("server.port", ann)


async def test_a_reset_that_something_stands_against_is_refused(start, ann):
    """It is a change like any other: here a tenant's baseline needs the model that it would take away."""
    process = await start()
    await process.admin.create_model("new", {"base_url": "http://h/v1", "unpriced": True}, ann)
    await process.admin.update_tenant("acme", {"baseline": "new"}, None, ann)
    with pytest.raises(Exception, match=r"models.new is needed.*tenants.acme.baseline"):
        await process.admin.reset_config("models.new", ann)
    await process.admin.reset_config("tenants", ann)
    await process.admin.reset_config("models", ann)
    assert "new" not in process.models


async def test_a_reset_under_a_request_id_is_made_once(start):
    """As every change; it answers with what is in force."""
    process = await start()
    await process.admin.update_model("small", {"enabled": False}, None, ChangeContext("ann"))
    once = ChangeContext("ann", "r-1")
    await process.admin.reset_config("models.small.enabled", once)
    again = await process.admin.reset_config("models.small.enabled", once)
    assert again.replayed
    assert [v.value for v in again.now] == [True]
    with pytest.raises(RequestConflict):
        await process.admin.reset_config("models.small", once)


async def test_the_projection_is_the_fold_of_the_log(start, ann):
    """Dropped and made again it is equal, ids of operators' requests included; and so is the fold in memory."""
    process = await start()
    await change_much(process, ann)
    kept = process.storage.configuration.read()
    connection = sqlite3.connect(process.storage.path)
    rows = connection.execute("SELECT * FROM configuration").fetchall()
    for table in ("configuration", "configuration_version", "operator_actions"):
        connection.execute(f"DELETE FROM {table}")
    connection.commit()
    connection.close()
    assert process.storage.configuration.version() == 0
    await process.storage.configuration.rebuild()
    assert process.storage.configuration.read() == kept
    connection = sqlite3.connect(process.storage.path)
    assert sorted(connection.execute("SELECT * FROM configuration")) == sorted(rows)
    acted = connection.execute("SELECT request_id FROM operator_actions WHERE request_id IS NOT NULL").fetchall()
    assert acted == [("r-9",)]
    connection.close()
    assert verify_configuration(process.storage.log, process.storage.configuration)


async def test_a_projection_that_is_not_the_fold_is_found(start, ann):
    """By `doctor --verify`."""
    process = await start()
    await change_much(process, ann)
    connection = sqlite3.connect(process.storage.path)
    connection.execute("UPDATE configuration SET value = '9.0' WHERE field = 'ceiling_usd' AND layer = 'declared'")
    connection.commit()
    connection.close()
    assert not verify_configuration(process.storage.log, process.storage.configuration)


async def test_a_backup_opened_elsewhere_has_the_same_configuration(start, ann, tmp_path, shown):
    """Offline and for reading only; nothing else than the database is needed."""
    process = await start()
    await change_much(process, ann)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    source, target = sqlite3.connect(process.storage.path), sqlite3.connect(elsewhere / "pointsman.db")
    source.backup(target)
    source.close()
    target.close()
    copy = open_storage(elsewhere, StorageSettings(read_only=True))
    values = await folder_desk(copy).list_config_values("", PageRequest(10_000), changed_only=False)
    assert {v.key: v for v in values.items} == await shown(process)
    copy.close_blocking()


async def test_a_start_that_says_nothing_new_appends_nothing(start, logged):
    """The last declaration is held against it."""
    first = await start()
    end = len(logged(first))
    assert len(logged(await start())) == end
    assert len(logged(first, "declared")) == 1


async def test_a_start_that_says_something_else_is_declared_with_what_it_teaches(start, logged, file):
    """A new price, a model more and one less: in one transaction."""
    await start(file)
    file["models"][0]["input_usd_per_million"] = 9.0
    del file["models"][1], file["tenants"]["default"]["baseline"]
    file["models"].append({"name": "more", "base_url": "http://h/v1", "unpriced": True})
    process = await start(file)
    assert [e.kind for e in logged(process)][-4:] == ["declared", "model", "model", "model"]
    small, more, gone = (e.model for e in logged(process)[-3:])
    assert (small.input_usd_per_million, more.name, gone.name, gone.enabled) == (9.0, "more", "gpt-4.1", False)


async def test_a_change_that_hides_the_file_is_told_in_one_line_each(start, ann):
    """At the start, and by doctor."""
    process = await start()
    await process.admin.update_model("small", {"input_usd_per_million": 2.0, "enabled": False}, None, ann)
    await process.admin.delete_tenant("acme", None, ann)
    lines = list(hidden_lines(process.storage.configuration.read()))
    assert lines == [
        "models.small.input_usd_per_million is 2.0, changed at run time by ann on 1970-01-01: it hides the file's 1.0",
        "tenants.acme is removed at run time by ann on 1970-01-01: it hides what the file declares",
    ]


async def test_doctor_says_what_a_start_would_say(start, ann, file, logged):
    """Of the file as it is now, and without telling the log."""
    process = await start()
    await process.admin.update_model("small", {"input_usd_per_million": 2.0}, None, ann)
    file["models"][0]["input_usd_per_million"] = 9.0
    end = len(logged(process))
    (line,) = hidden_by_changes(process.storage, parse(file))
    assert line.endswith("it hides the file's 9.0")
    assert len(logged(process)) == end


async def test_a_file_that_does_not_go_with_a_change_stops_the_start_and_says_which(start, ann, file, logged):
    """Nothing is declared then; the change is named, with what undoes it."""
    process = await start()
    await process.admin.delete_tenant("acme", None, ann)
    await process.admin.delete_model("small", None, ann)
    end = len(logged(process))
    file["judges"][0]["model"] = "small"
    said = r"judges.rubric.model: no model is named 'small'.*models.small was changed at run time by ann"
    with pytest.raises(ConfigurationError, match=said):
        await start(file)
    assert len(logged(process)) == end


async def test_a_tradeoff_said_at_run_time_beats_the_other_one_of_a_later_file(start, ann, file):
    """The start goes through, and the change is in force."""
    process = await start()
    await process.admin.create_tenant("new", {"preference.cost_weight": 4.0, "preference.dial": None}, ann)
    file["tenants"]["new"] = {"preference": {"dial": 0.4}}
    preference = (await start(file)).tenants.of("new").preference
    assert (preference.cost_weight, preference.dial) == (4.0, None)


async def test_a_change_that_stands_against_a_new_file_is_reset_without_a_service(start, ann, file):
    """Then the start goes through."""
    process = await start()
    await process.admin.delete_tenant("acme", None, ann)
    await process.admin.delete_model("small", None, ann)
    file["judges"][0]["model"] = "small"
    assert not (await folder_desk(process.storage).reset_config("models.small", ann)).replayed
    assert "small" in (await start(file)).models


async def test_changes_that_this_version_refuses_can_still_be_reset(start, ann, logged):
    """As after an upgrade with stricter rules: nothing can be in force, and the reset mends it."""
    process = await start()
    bad = OperatorActed(1.0, "ann", "UpdateModel", put={"models.small.base_url": "ftp://h"})
    await process.storage.log.append(bad)
    with pytest.raises(Refused, match="base_url"):
        process.configuration.check()
    assert process.models["small"].base_url == "http://127.0.0.1:1/v1"
    await folder_desk(process.storage).reset_config("models.small", ann)
    process.configuration.check()
    assert logged(process, "operator")[-1].reset == ("models.small.base_url",)


async def test_what_a_start_declares_is_what_the_learner_is_to_be_told(tmp_path):
    """By `declare`, which opens and closes the storage itself."""
    model = {"name": "a", "base_url": "http://h/v1", "input_usd_per_million": 1.0, "output_usd_per_million": 1.0}
    settings = parse({"storage": {"folder": str(tmp_path)}, "models": [model]})
    assert await declare(settings) == []
    storage = open_storage(tmp_path)
    checks = rules()
    wanted = checks.configured(checked(checks, storage.configuration.read()))
    puts = [logged.event for logged in storage.log.read(0)][1:]
    assert [e.model for e in puts if e.kind == "model"] == list(wanted.models)
    assert [e.node for e in puts if e.kind == "taxonomy_node"] == list(wanted.nodes)
    assert len(wanted.nodes) > 20
    await storage.close()


async def test_two_starts_at_once_declare_once(tmp_path):
    """Who comes second finds no difference."""
    settings = parse({"models": [{"name": "a", "base_url": "http://h/v1", "unpriced": True}]})
    first, second = open_storage(tmp_path), open_storage(tmp_path)
    await asyncio.gather(declare_to(first, settings), declare_to(second, settings))
    kinds = [e.event.kind for e in first.log.read(0, 10_000)]
    assert kinds.count("declared") == 1
    await first.close()
    await second.close()


async def test_an_appended_declaration_is_projected_whoever_appends_it(tmp_path):
    """The log's own `append` is no way around the projection."""
    storage = open_storage(tmp_path)
    await storage.log.append(ConfigurationDeclared(1.0, "x", {"models.a": (True, "file")}))
    assert storage.configuration.read().entries("models") == {"a": {}}
    await storage.close()


async def test_a_look_that_fails_ends_no_watch_and_the_last_configuration_stays(start, monkeypatch, ann):
    """Locked for a moment, or damaged until somebody mends it: the next look finds what changed meanwhile."""
    process = await start()
    told, looks = [], []
    watch = process.configuration
    watch._on_trouble = told.append
    before, version = watch.current, type(process.storage.configuration).version

    def broken(store):
        looks.append(1)
        if len(looks) in (2, 3):
            raise LogUnavailable("the database failed (locked)")
        return version(store)

    await process.admin.update_tenant("acme", {"ceiling_usd": 9.0}, None, ann)
    watch.current = before
    monkeypatch.setattr(type(process.storage.configuration), "version", broken)
    looks.append(1)
    task = asyncio.create_task(watch.watch(0.001))
    async with asyncio.timeout(10):
        while "" not in told:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    task.cancel()
    assert told[:3] == ["the database failed (locked)"] * 2 + [""]
    assert watch.current.tenants["acme"].ceiling_usd == 9.0
