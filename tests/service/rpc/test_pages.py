"""Pages of lists over a socket: how many, from where on, and tokens that go with their request only."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pointsman import v1
from pointsman_service.domain.operations import PageRequest
from pointsman_service.rpc.pages import next_token, read_page
from pointsman_service.rpc.validation import Violations

LISTS = {
    "ListModels": 100,
    "ListTenants": 100,
    "ListApiKeys": 100,
    "ListTaxonomyNodes": 100,
    "ListEpisodes": 50,
    "ListConfigValues": 100,
    "ListAuditEntries": 100,
    "ListSnapshots": 100,
    "ListJobs": 100,
    "GetStats": 100,
    "GetJudgeStats": 100,
}


def _call(served, method, **fields):
    return getattr(served.admin, method)(getattr(v1, f"{method}Request")(**fields))


def _page(served):
    """The page that the application was asked for last."""
    return next(asked for asked in served.application.asked[-1] if isinstance(asked, PageRequest))


def test_every_list_of_the_contract_has_pages():
    """A new one comes with them."""
    paged = {
        m.name
        for m in v1.ListModelsRequest.DESCRIPTOR.file.services_by_name["AdminService"].methods
        if "page_token" in m.input_type.fields_by_name
    }
    assert paged == set(LISTS)


@pytest.mark.parametrize("method", LISTS)
async def test_a_list_goes_on_where_its_token_says(served, method):
    """The application sees its own cursor again, and a page may have another size than the one before."""
    served.application.cursor = "here: é\n2"
    first = await _call(served, method)
    assert _page(served) == PageRequest(LISTS[method], "")
    assert first.next_page_token
    served.application.cursor = ""
    last = await _call(served, method, page_token=first.next_page_token, page_size=7)
    assert _page(served) == PageRequest(7, "here: é\n2")
    assert last.next_page_token == ""


@pytest.mark.parametrize("method", LISTS)
@pytest.mark.parametrize("size", [-1, 0, 1001])
async def test_a_page_has_a_size(served, refused, method, size):
    """From 1 to 1,000; 0 is not the absence of one."""
    found = await refused(_call(served, method, page_size=size))
    assert found == {"page_size": f"must be between 1 and 1000; it is {size}"}
    assert served.application.asked == []


@pytest.mark.parametrize(
    ("method", "first", "then"),
    [
        ("ListEpisodes", {"filter": v1.EpisodeFilter(tenant="a")}, {"filter": v1.EpisodeFilter(tenant="b")}),
        ("ListEpisodes", {}, {"filter": v1.EpisodeFilter(has_feedback=False)}),
        ("ListConfigValues", {"key_prefix": "models."}, {}),
        ("ListConfigValues", {"changed_only": True}, {}),
        ("GetStats", {"group": v1.STATS_GROUP_MODEL}, {"group": v1.STATS_GROUP_NODE}),
        ("GetJudgeStats", {"per_node": True}, {}),
    ],
)
async def test_a_token_does_not_go_with_other_fields(served, refused, method, first, then):
    """It would give a page of neither."""
    served.application.cursor = "c"
    token = (await _call(served, method, **first)).next_page_token
    found = await refused(_call(served, method, **then, page_token=token))
    assert found == {"page_token": "was made for other fields of the request; send those, or begin with the first page"}


async def test_a_token_does_not_go_with_another_list(served, refused):
    """And both are named."""
    served.application.cursor = "c"
    token = (await served.admin.ListModels(v1.ListModelsRequest())).next_page_token
    found = await refused(served.admin.ListTenants(v1.ListTenantsRequest(page_token=token)))
    assert found == {"page_token": "is of ListModels; this is ListTenants"}


NO_TOKEN = "must be the next_page_token of the page before, as it came"


@pytest.mark.parametrize("token", ["x", "small", "!!", "é", "a" * 5_000, base64.b64encode(b"ListModels\n\n").decode()])
async def test_what_nobody_made_is_no_token(served, refused, token):
    """Rather than the first page."""
    found = await refused(served.admin.ListModels(v1.ListModelsRequest(page_token=token)))
    assert found == {"page_token": NO_TOKEN}


@given(st.text(max_size=50))
def test_reading_a_token_raises_nothing(token):
    """Whatever it holds, it is noted."""
    wrong = Violations()
    page = read_page(v1.ListModelsRequest(page_token=token), wrong)
    assert wrong.found or not token
    assert isinstance(page.token, str)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=200), st.integers(1, 1000))
def test_a_cursor_makes_the_round_trip(cursor, size):
    """Whatever the storage puts into it, in letters that URLs and shells leave alone."""
    token = next_token(v1.ListJobsRequest(page_size=1), cursor)
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    wrong = Violations()
    assert read_page(v1.ListJobsRequest(page_size=size, page_token=token), wrong) == PageRequest(size, cursor)
    assert not wrong.found
