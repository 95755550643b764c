"""Times on the pages of one's own account are in one's own time zone, which is named."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from accounts.auth.api_tokens import create_api_token
from accounts.models import Invite
from accounts.people.invites import invite_to_site
from accounts.second_factor.models import Passkey
from tests.accounts.scene import browser, last_sign_in
from tests.cast import make_person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", ""])
def test_times_are_in_one_s_own_zone(zone: str) -> None:
    ann = make_person("Ann", is_staff=True, time_zone=zone, language="en")
    window = browser(ann)
    device = last_sign_in(ann)
    create_api_token(user=ann, made_by=ann, name="script", scopes=["history:read"])
    token = last_sign_in(ann)
    token.last_used_at += timedelta(minutes=61)
    token.save()
    invite_to_site(by=ann)
    invite = Invite.objects.get()
    used = timezone.now()
    Passkey.objects.create(user=ann, name="key", credential_id=b"x", last_used_at=used)

    for page, words, at in (
        ("", "last used", device.last_used_at),
        ("/tokens", "last used", token.last_used_at),
        ("/second-factor", "Last used", used),
        ("/invites", "until", invite.expires_at),
    ):
        shown = window.get(f"/settings{page}").content.decode()
        local = timezone.localtime(at, ZoneInfo(zone or "UTC"))
        told = date_format(local, "SHORT_DATETIME_FORMAT")
        assert f"{words} {told} ({zone or 'UTC'})" in shown, page
