"""What a page may load and run: its own scripts, and nothing written into it."""

import pytest
from django.test import Client

from chatproject.core.web.content_security_policy import WRITE_HTML

PAGES = ["/", "/login", "/register", "/nope", "/admin/login/", "/v1/docs"]


def policy(client: Client, address: str) -> dict[str, list[str]]:
    header = client.get(address)["Content-Security-Policy"]
    return {name: values for name, *values in (part.split() for part in header.split("; "))}


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_every_page_runs_its_own_scripts_only(client: Client, address: str) -> None:
    found = policy(client, address)
    assert found["default-src"] == ["'none'"]
    assert found["script-src"] == found["style-src"] == ["'self'"]
    assert found["object-src"] == found["base-uri"] == found["frame-ancestors"] == ["'none'"]
    assert found["form-action"] == ["'self'"]
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*"} & {
        word for it in found.values() for word in it
    }


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_html_is_made_by_known_policies_but_on_pages_by_others(
    client: Client, address: str
) -> None:
    found = policy(client, address)
    is_ours = not address.startswith(WRITE_HTML)
    assert ("require-trusted-types-for" in found) == is_ours
    assert ("trusted-types" in found) == is_ours


def test_answers_to_programs_need_none(client: Client) -> None:
    assert "Content-Security-Policy" not in client.get("/v1/nope")
