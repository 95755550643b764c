"""The admin's pages hold no script and no style of their own, and load nothing that writes HTML."""

import re

import pytest

from messaging.models import Message
from tests.messaging.moderation.scene import Watch, act, complain, page, window

pytestmark = pytest.mark.django_db

INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle=[\"']|\son\w+=[\"']|href=[\"']javascript:",
    re.IGNORECASE,
)


def pages(watch: Watch) -> list[str]:
    report = complain(watch, watch.private, 2)
    message = Message.objects.get(conversation=watch.public, seq=1)
    lists = (
        *("accounts_user", "accounts_signin", "accounts_auditentry", "accounts_suspension"),
        *("accounts_mute", "accounts_contact", "accounts_block", "auth_group"),
        *("conversations_conversation", "conversations_participant", "conversations_ban"),
        *("messaging_message", "messaging_report", "messaging_wordfilter", "messaging_receipt"),
        "attachments_attachment",
    )
    return [
        "/admin/",
        *(page(f"{name}_changelist") for name in lists),
        page("messaging_report_change", report.pk),
        page("messaging_message_change", message.pk),
        page("accounts_user_change", watch.troll.pk),
        page("accounts_user_add"),
        page("auth_user_password_change", watch.troll.pk),
        page("conversations_conversation_change", watch.public.pk),
        page("messaging_wordfilter_add"),
        page("auth_group_add"),
    ]


def test_no_page_has_script_or_style_of_its_own(watch: Watch) -> None:
    client = window(watch.chief)
    for path in pages(watch):
        answer = client.get(path)
        html = answer.content.decode()
        assert answer.status_code == 200, path
        assert INLINE.findall(html) == [], path
        assert "jquery" not in html, path
        assert "admin.css" in html, path


def test_nor_has_the_page_that_asks(watch: Watch) -> None:
    asked = act(
        window(watch.chief), "accounts_user", "suspend", watch.troll, confirmed=False
    ).content.decode()
    assert "This is done to one row" in asked
    assert INLINE.findall(asked) == []


def test_the_charts_are_elements_with_attributes_alone(watch: Watch) -> None:
    html = window(watch.chief).get("/admin/").content.decode()
    charts = re.findall(r"<svg class=\"bars\".*?</svg>", html, re.DOTALL)
    assert len(charts) == 2
    assert all("<rect" in chart and "<title>" in chart for chart in charts)


def test_a_persons_words_are_text_on_every_page(watch: Watch) -> None:
    watch.troll.name = "<b>bold</b>"
    watch.troll.save()
    report = complain(watch, watch.private, 2)
    report.snapshot[-1]["content"] = "<img src=x>"
    report.comment = "<script>1</script>"
    report.save()
    client = window(watch.chief)
    for path in (
        page("messaging_report_change", report.pk),
        page("messaging_report_changelist"),
        page("accounts_user_change", watch.troll.pk),
    ):
        html = client.get(path).content.decode()
        for raw in ("<b>bold", "<img src=x", "<script>1"):
            assert raw not in html
