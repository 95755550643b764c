"""Link previews: what is fetched, who sees it, who removes it, and when it is gone."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from accounts.models import User
from attachments.actions import prune
from attachments.link_previews import keeping
from attachments.link_previews.fetching import LIFETIME
from attachments.models import LinkPreview
from attachments.reads import stored_keys
from chatproject.core.storage import file_storage
from chatproject.environment import Environment
from conversations.errors import ConversationNotFound, NotAParticipant
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.link_previews import (
    fetch_and_show,
    prune_previews,
    remove_previews,
    request_previews,
)
from messaging.errors import MessageGone, NotTheSender
from messaging.exports.conversation import write_conversation
from messaging.exports.zip_archive import new_archive
from messaging.link_preview_follower import LinkFollower
from messaging.link_previews import MAX_PREVIEWS, links_in
from messaging.maintenance.erasure import erase_messages
from messaging.models import Message, MessageLinkPreview
from messaging.reads.messages import get_message
from tests.cast import api, leave, make_conversation, make_direct, make_person, say
from tests.core.test_outbound import Server, reply
from tests.messaging.actions.scene import Scene
from tests.messaging.actions.test_polls import in_threads

Handler = BaseHTTPRequestHandler
PAGE = (
    '<title>Plain</title><meta property="og:title" content="Soup &amp; bread">'
    '<meta name="description" content="How to\n cook \u202eit">'
    '<meta property="og:site_name" content="Kitchen"><meta property="og:image" content="/pot.png">'
)


def png(width: int = 640, height: int = 320) -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height), "red").save(file, "PNG")
    return file.getvalue()


class Site(Server):
    """A site whose pages are by path: a content type and a body."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, tuple[str, bytes]] = {
            "/soup": ("text/html; charset=utf-8", PAGE.encode()),
            "/pot.png": ("image/png", png()),
        }
        self.answer = self._give

    def _give(self, handler: Handler) -> None:
        found = self.pages.get(handler.path)
        if found is None:
            reply(handler, 404, b"")
        else:
            reply(handler, 200, found[1], **{"Content-Type": found[0]})

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Iterator[Site]:
    site = Site()
    store = Environment({"STORAGE_URL": f"file://{tmp_path}/files"})
    settings.STORAGES = {**settings.STORAGES, "default": store.storage("STORAGE_URL", tmp_path)}
    settings.LINK_PREVIEWS = True
    settings.LINK_PREVIEW_HOSTS = [site.host]
    yield site
    site.close()


def carry_out(scene: Scene, seq: int) -> None:
    """What the tasks would do."""
    request_previews(conversation_id=scene.id, seq=seq)
    for preview in LinkPreview.objects.filter(state="pending"):
        fetch_and_show(preview.pk)


def sent(scene: Scene, text: str, author: User | None = None) -> int:
    seq: int = say(scene.id, author or scene.owner, text)["seq"]
    carry_out(scene, seq)
    return seq


def seen(scene: Scene, viewer: User, seq: int) -> list[dict[str, Any]]:
    found = get_message(conversation_id=scene.id, viewer_id=viewer.pk, seq=seq)["linkPreviews"]
    assert isinstance(found, list)
    return found


def picture_of(scene: Scene, viewer: User, seq: int, preview: LinkPreview) -> Any:
    path = f"/v1/conversations/{scene.id}/messages/{seq}/previews/{preview.pk}/picture"
    return api(viewer).get(path)


def objects() -> set[str]:
    return {each.key for each in file_storage().objects()}


def test_a_preview_comes_after_the_message(scene: Scene, site: Site, listening: Any) -> None:
    seq = say(scene.id, scene.owner, f"Look: {site.url}/soup")["seq"]
    assert seen(scene, scene.member, seq) == []
    before = Message.objects.get(conversation=scene.id, seq=seq).rev

    with listening() as published:
        carry_out(scene, seq)

    (event,) = published.events
    assert (event["type"], event["message"]["rev"]) == ("message.updated", before + 1)
    (shown,) = seen(scene, scene.member, seq)
    assert event["message"]["linkPreviews"] == [shown]
    preview = LinkPreview.objects.get()
    path = f"/v1/conversations/{scene.id}/messages/{seq}/previews/{preview.pk}/picture"
    assert shown == {
        "id": str(preview.pk),
        "url": f"{site.url}/soup",
        "title": "Soup & bread",
        "description": "How to cook it",
        "siteName": "Kitchen",
        "picture": {"url": path, "width": 320, "height": 160, "placeholder": preview.placeholder},
    }
    assert site.paths == ["/soup", "/pot.png"]
    assert get_message(conversation_id=scene.id, viewer_id=scene.owner.pk, seq=seq)["meta"] is None
    page = api(scene.member).get(f"/v1/conversations/{scene.id}/messages").json()
    assert page["results"][-1]["linkPreviews"] == [shown]
    changes = api(scene.member).get(f"/v1/conversations/{scene.id}/changes?since={before}").json()
    assert changes["results"][-1]["linkPreviews"] == [shown]


def test_the_picture_is_ours_and_for_who_sees_the_message(scene: Scene, site: Site) -> None:
    seq = sent(scene, f"{site.url}/soup")
    preview = LinkPreview.objects.get()

    answer = picture_of(scene, scene.member, seq, preview)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    with Image.open(BytesIO(b"".join(answer))) as picture:
        assert (picture.format, picture.size) == ("WEBP", (320, 160))
    assert picture_of(scene, scene.outsider, seq, preview).status_code == 404
    other = say(scene.id, scene.owner, "another")["seq"]
    assert picture_of(scene, scene.member, other, preview).status_code == 404
    with pytest.raises(ConversationNotFound):
        seen(scene, scene.outsider, seq)
    assert objects() == {preview.picture_key}
    assert list(stored_keys()) == [preview.picture_key]


def test_pruning_keeps_pictures_that_have_a_row(
    scene: Scene, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(scene, f"{site.url}/soup")
    monkeypatch.setattr(prune, "MARGIN", timedelta(minutes=-1))
    assert prune.prune_attachments().orphans == 0
    LinkPreview.objects.all().delete()
    assert prune.prune_attachments().orphans == 1
    assert objects() == set()


def test_a_page_is_read_by_as_many_queries_with_previews_as_without(
    scene: Scene, site: Site
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            api(scene.member).get(f"/v1/conversations/{scene.id}/messages")
        return len(found)

    say(scene.id, scene.owner, "no link")
    before = queries()
    for _ in range(3):
        sent(scene, f"{site.url}/soup {site.url}/pot.png")
    assert queries() == before


def test_staff_see_what_is_kept(scene: Scene, site: Site) -> None:
    sent(scene, f"{site.url}/soup")
    staff = Client()
    staff.force_login(make_person("Sam", is_staff=True, is_superuser=True))
    answer = staff.get("/admin/attachments/linkpreview/")
    assert (answer.status_code, b"Soup &amp; bread" in answer.content) == (200, True)


def test_it_is_in_exports_with_its_picture(scene: Scene, site: Site, tmp_path: Path) -> None:
    for _ in range(2):
        sent(scene, f"{site.url}/soup")
    with new_archive(tmp_path / "export.zip") as archive:
        write_conversation(archive, conversation_id=scene.id, viewer=scene.member)

    preview = LinkPreview.objects.get()
    place = f"files/{preview.pk}.webp"
    with ZipFile(tmp_path / "export.zip") as exported:
        assert exported.namelist().count(place) == 1
        kept = file_storage().open_here(preview.picture_key)
        assert kept is not None
        assert exported.read(place) == kept.read()
        page = exported.read("index.html").decode()
        told = json.loads(exported.read("conversation.json"))
    assert place in page
    assert "Soup &amp; bread" in page
    assert told["messages"][-1]["linkPreviews"][0]["picture"]["file"] == place


def test_who_left_before_it_came_does_not_see_it(scene: Scene, site: Site) -> None:
    seq = say(scene.id, scene.owner, f"{site.url}/soup")["seq"]
    leave(scene.conversation, scene.leaver)
    carry_out(scene, seq)

    assert seen(scene, scene.leaver, seq) == []
    preview = LinkPreview.objects.get()
    assert picture_of(scene, scene.leaver, seq, preview).status_code == 404
    assert len(seen(scene, scene.member, seq)) == 1


def test_who_left_before_it_was_removed_sees_it(scene: Scene, site: Site) -> None:
    seq = sent(scene, f"{site.url}/soup")
    leave(scene.conversation, scene.leaver)
    remove_previews(conversation_id=scene.id, user_id=scene.owner.pk, seq=seq)

    assert len(seen(scene, scene.leaver, seq)) == 1
    preview = LinkPreview.objects.get()
    assert picture_of(scene, scene.leaver, seq, preview).status_code == 200
    assert picture_of(scene, scene.member, seq, preview).status_code == 404


def test_an_address_is_fetched_once_for_all_messages(scene: Scene, site: Site) -> None:
    one, other = sent(scene, f"{site.url}/soup"), sent(scene, f"{site.url}/soup#part")
    assert site.paths == ["/soup", "/pot.png"]
    assert [len(seen(scene, scene.member, seq)) for seq in (one, other)] == [1, 1]

    LinkPreview.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    site.pages["/soup"] = ("text/html", b"<title>New</title>")
    third = sent(scene, f"{site.url}/soup")
    assert site.paths == ["/soup", "/pot.png", "/soup"]
    assert seen(scene, scene.member, third)[0]["title"] == "New"
    assert seen(scene, scene.member, one)[0]["title"] == "Soup & bread"
    assert LinkPreview.objects.get(is_current=True).expires_at > timezone.now() + LIFETIME / 2


def test_two_messages_wait_for_one_fetch(scene: Scene, site: Site) -> None:
    seqs = [say(scene.id, scene.owner, f"{site.url}/soup")["seq"] for _ in range(2)]
    for seq in seqs:
        request_previews(conversation_id=scene.id, seq=seq)
    carry_out(scene, seqs[0])

    assert [len(seen(scene, scene.member, seq)) for seq in seqs] == [1, 1]
    assert site.paths == ["/soup", "/pot.png"]


def test_tries_that_are_repeated_change_nothing(scene: Scene, site: Site) -> None:
    seq = sent(scene, f"{site.url}/soup")
    rev = Message.objects.get(conversation=scene.id, seq=seq).rev
    carry_out(scene, seq)
    fetch_and_show(LinkPreview.objects.get().pk)

    assert Message.objects.get(conversation=scene.id, seq=seq).rev == rev
    assert site.paths == ["/soup", "/pot.png"]


def test_which_links_have_previews() -> None:
    text = "`https://a.example` https://b.example/x, [c](https://c.example) mailto:x@d.example\n"
    text += "```\nhttps://e.example\n```\nwww.f.example https://b.example/x#y https://g.example"
    assert list(links_in(text).values()) == [
        "https://b.example/x",
        "https://c.example/",
        "http://www.f.example/",
    ]
    assert len(links_in(text)) == MAX_PREVIEWS
    assert links_in("no link") == {}
    assert links_in("https://ann:secret@example.org") == {}


def test_our_own_pages_have_none(settings: Any) -> None:
    settings.PUBLIC_URL = "https://chat.example"
    assert list(links_in("https://chat.example/c/1 https://x.example").values()) == [
        "https://x.example/"
    ]


def test_nothing_is_fetched_where_it_is_switched_off(
    scene: Scene, site: Site, settings: Any
) -> None:
    settings.LINK_PREVIEWS = False
    seq = sent(scene, f"{site.url}/soup")
    assert (seen(scene, scene.member, seq), site.asked) == ([], [])
    assert not LinkPreview.objects.exists()


def test_a_host_inside_is_not_asked(scene: Scene, site: Site, settings: Any) -> None:
    """Nor one that webhooks may ask."""
    settings.LINK_PREVIEW_HOSTS = []
    settings.OUTBOUND_HOSTS = [site.host]
    seq = sent(scene, f"{site.url}/soup")
    assert (seen(scene, scene.member, seq), site.asked) == ([], [])
    assert LinkPreview.objects.get().state == "empty"


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("image/svg+xml", SVG),
        ("image/png", SVG),
        ("image/png", b"\x89PNG\r\n\x1a\nbroken"),
        ("image/png", png() + b"\0" * 6 * 1024**2),
        ("text/html", b"<p>no picture"),
    ],
)
def test_a_page_without_a_fit_picture_has_words_alone(
    scene: Scene, site: Site, kind: str, body: bytes
) -> None:
    site.pages["/pot.png"] = (kind, body)
    (shown,) = seen(scene, scene.member, sent(scene, f"{site.url}/soup"))
    assert (shown["title"], shown["picture"]) == ("Soup & bread", None)
    assert objects() == set()


def test_a_picture_of_a_host_inside_is_not_fetched(scene: Scene, site: Site) -> None:
    inside = Site()
    try:
        page = PAGE.replace("/pot.png", f"{inside.url}/pot.png")
        site.pages["/soup"] = ("text/html", page.encode())
        (shown,) = seen(scene, scene.member, sent(scene, f"{site.url}/soup"))
        assert (shown["picture"], inside.asked) == (None, [])
    finally:
        inside.close()


def test_a_link_to_a_picture_shows_it(scene: Scene, site: Site) -> None:
    (shown,) = seen(scene, scene.member, sent(scene, f"{site.url}/pot.png"))
    assert (shown["title"], shown["picture"]["width"]) == ("", 320)


@pytest.mark.parametrize("page", [("text/html", b""), ("application/pdf", b"%PDF"), None])
def test_where_there_is_nothing_nothing_is_shown(
    scene: Scene, site: Site, page: Any, listening: Any
) -> None:
    site.pages.pop("/soup")
    if page:
        site.pages["/soup"] = page
    seq = say(scene.id, scene.owner, f"{site.url}/soup")["seq"]
    with listening() as published:
        carry_out(scene, seq)
    assert (published.types, seen(scene, scene.member, seq)) == ([], [])
    assert not MessageLinkPreview.objects.exists()


Remover = Callable[[Scene], User]


@pytest.mark.parametrize("remover", [lambda it: it.owner, lambda it: it.admin])
def test_author_and_admins_remove_them_for_good(
    scene: Scene, site: Site, listening: Any, remover: Remover
) -> None:
    seq = sent(scene, f"{site.url}/soup", scene.owner)
    path = f"/v1/conversations/{scene.id}/messages/{seq}/previews"
    with listening() as published:
        answer = api(remover(scene)).delete(path)
    assert (answer.status_code, answer.json()["linkPreviews"]) == (200, [])
    assert published.types == ["message.updated"]
    assert (LinkPreview.objects.count(), MessageLinkPreview.objects.count()) == (0, 1)

    with listening() as published:
        api(remover(scene)).delete(path)
        carry_out(scene, seq)
    assert (published.types, seen(scene, scene.member, seq)) == ([], [])


def test_others_remove_nothing(scene: Scene, site: Site) -> None:
    seq = sent(scene, f"{site.url}/soup", scene.owner)
    leave(scene.conversation, scene.leaver)
    for user, refusal in (
        (scene.member, NotTheSender),
        (scene.leaver, NotAParticipant),
        (scene.outsider, ConversationNotFound),
    ):
        with pytest.raises(refusal):
            remove_previews(conversation_id=scene.id, user_id=user.pk, seq=seq)
    assert len(seen(scene, scene.member, seq)) == 1


def test_in_a_direct_conversation_only_the_author_removes_them(scene: Scene, site: Site) -> None:
    direct = make_direct(scene.owner, scene.member)
    seq = say(direct, scene.owner, f"{site.url}/soup")["seq"]
    with pytest.raises(NotTheSender):
        remove_previews(conversation_id=direct.pk, user_id=scene.member.pk, seq=seq)
    remove_previews(conversation_id=direct.pk, user_id=scene.owner.pk, seq=seq)


def test_what_was_removed_before_it_came_does_not_come(scene: Scene, site: Site) -> None:
    seq = say(scene.id, scene.owner, f"{site.url}/soup")["seq"]
    request_previews(conversation_id=scene.id, seq=seq)
    remove_previews(conversation_id=scene.id, user_id=scene.owner.pk, seq=seq)
    carry_out(scene, seq)
    assert seen(scene, scene.member, seq) == []


def test_an_edit_takes_and_brings_previews(scene: Scene, site: Site) -> None:
    site.pages["/tea"] = ("text/html", b"<title>Tea</title>")
    seq = sent(scene, f"{site.url}/soup")

    def edit(text: str) -> list[str]:
        edit_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=seq, body=text)
        carry_out(scene, seq)
        return [each["title"] for each in seen(scene, scene.member, seq)]

    assert edit("no link") == []
    assert edit(f"{site.url}/tea") == ["Tea"]
    assert edit(f"{site.url}/soup {site.url}/tea") == ["Soup & bread", "Tea"]
    assert edit(f"`{site.url}/soup` {site.url}/tea") == ["Tea"]


def test_a_deleted_message_leaves_nothing(scene: Scene, site: Site) -> None:
    seq = sent(scene, f"{site.url}/soup")
    waiting = say(scene.id, scene.owner, f"{site.url}/pot.png")["seq"]
    request_previews(conversation_id=scene.id, seq=waiting)
    for each in (seq, waiting):
        delete_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=each)
    carry_out(scene, waiting)

    assert not LinkPreview.objects.exists()
    assert not MessageLinkPreview.objects.exists()
    assert list(stored_keys()) == []
    with pytest.raises(MessageGone):
        remove_previews(conversation_id=scene.id, user_id=scene.owner.pk, seq=seq)


def test_erasing_one_person_keeps_what_others_show(scene: Scene, site: Site) -> None:
    mine, others = (
        sent(scene, f"{site.url}/soup", author) for author in (scene.member, scene.owner)
    )
    list(erase_messages(user_id=scene.member.pk, conversation_id=scene.id))
    assert seen(scene, scene.owner, mine) == []
    assert len(seen(scene, scene.owner, others)) == 1
    list(erase_messages(user_id=scene.owner.pk, conversation_id=scene.id))
    assert not LinkPreview.objects.exists()


def test_old_previews_that_nobody_shows_are_pruned(scene: Scene, site: Site) -> None:
    seq = sent(scene, f"{site.url}/soup")
    sent(scene, f"{site.url}/nothing")
    LinkPreview.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert prune_previews() == 1
    assert len(seen(scene, scene.member, seq)) == 1


def test_in_a_flood_no_more_are_fetched(
    scene: Scene, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MAX_PENDING", 1)
    seq = sent(scene, f"{site.url}/soup {site.url}/pot.png")
    assert [each["title"] for each in seen(scene, scene.member, seq)] == ["Soup & bread"]


def test_the_follower_notes_new_messages_with_links(scene: Scene, listening: Any) -> None:
    follower = LinkFollower()
    with listening() as published:
        say(scene.id, scene.owner, "no link")
        seq = say(scene.id, scene.owner, "see www.example.org")["seq"]
        edit_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=seq, body="http://x.y")
    follower.follow(published.publications)
    assert list(follower._waiting) == [(str(scene.id), seq)]


def test_another_conversation_shows_its_own(scene: Scene, site: Site) -> None:
    """One page, two conversations: each shows the picture to its own people."""
    sent(scene, f"{site.url}/soup")
    other = make_conversation(scene.outsider)
    seq = say(other, scene.outsider, f"{site.url}/soup")["seq"]
    request_previews(conversation_id=other.pk, seq=seq)
    preview = LinkPreview.objects.get()
    path = f"/v1/conversations/{other.pk}/messages/{seq}/previews/{preview.pk}/picture"
    assert api(scene.outsider).get(path).status_code == 200
    assert api(scene.member).get(path).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_many_messages_at_once_fetch_an_address_once(site: Site) -> None:
    owner = make_person("Ann")
    groups = [make_conversation(owner) for _ in range(5)]
    seqs = [say(group, owner, f"{site.url}/soup")["seq"] for group in groups]

    def ask(group: Any, seq: int) -> None:
        request_previews(conversation_id=group.pk, seq=seq)
        preview = LinkPreview.objects.get()
        fetch_and_show(preview.pk)

    in_threads(
        lambda group=group, seq=seq: ask(group, seq)
        for group, seq in zip(groups, seqs, strict=True)
    )

    for group, seq in zip(groups, seqs, strict=True):
        told = get_message(conversation_id=group.pk, viewer_id=owner.pk, seq=seq)
        assert [each["title"] for each in told["linkPreviews"]] == ["Soup & bread"]
    assert objects() == {LinkPreview.objects.get().picture_key}
    assert MessageLinkPreview.objects.filter(rev=None).count() == 0
