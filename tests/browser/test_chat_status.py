"""A status and an emoji of the server's own: one sets them, the other sees them."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.browser import Person, Window
from tests.browser.scene import photo, upload
from tests.waiting import eventually

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def test_a_status_is_seen_by_the_other(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    direct = ann.direct(ben)
    ann.say(direct, "Hello")
    window = open_window(ann)
    window.open(direct)
    window.page.get_by_role("button", name="You: Ann").click()
    window.page.get_by_role("menuitem", name="Set a status").click()
    dialog = window.page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="What are you up to?").fill("On the train")
    dialog.get_by_role("combobox").select_option("For an hour")
    assert window.accessibility_violations() == []
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()

    other = open_window(ben)
    other.open(direct)
    expect(other.page.get_by_text("On the train").first).to_be_visible()


def test_an_own_emoji_is_a_picture_for_both(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Party", ben)
    name = f"hill{ann.id[-12:]}"
    window = open_window(ann)
    window.open(group)
    window.page.get_by_role("button", name="Choose an emoji").click()
    window.page.get_by_role("button", name="Add an emoji").click()
    dialog = window.page.get_by_role("dialog")
    dialog.get_by_label("Picture").set_input_files(
        {"name": "hill.png", "mimeType": "image/png", "buffer": photo(64, 64, 120)}
    )
    dialog.get_by_label("Name").fill(name)
    assert window.accessibility_violations() == []
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).to_be_hidden()
    window.send(f"Look :{name}:")

    other = open_window(ben)
    other.open(group)
    for page in (window.page, other.page):
        expect(page.get_by_role("log").get_by_role("img", name=f":{name}:")).to_be_visible()


def test_an_own_emoji_is_a_reaction_and_a_skin_tone_and_the_last_ones_are_kept(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Reactions", ben)
    ben.say(group, "Look at this")
    name = f"sun{ann.id[-12:]}"
    picture = upload(ann, "sun.png", photo(64, 64, 40))
    thumbnail = f"/v1/attachments/{picture}/thumbnail?size=320"
    eventually(lambda: ann.rest.get(thumbnail).is_success)
    ann.post("/v1/emoji", name=name, attachmentId=picture)
    window, other = open_window(ann), open_window(ben)
    window.open(group)
    other.open(group)

    row = window.row("Look at this")
    row.hover()
    row.get_by_role("button", name="React", exact=True).click()
    picker = window.page.get_by_role("dialog", name="Emoji")
    picker.get_by_label("Find an emoji").fill(name)
    picker.get_by_role("button", name=name).click()
    # The button's name says it all to a screen reader, so the picture is for the eyes alone.
    reaction = other.row("Look at this").get_by_role("button", name=f":{name}:, 1 person: Ann")
    expect(reaction.get_by_alt_text(f":{name}:")).to_be_visible()

    window.page.get_by_role("button", name="Choose an emoji").click()
    last = picker.get_by_role("region", name="Recently used").get_by_role("button")
    expect(last.first.get_by_role("img", name=f":{name}:")).to_be_visible()
    picker.get_by_role("radio", name="Dark skin", exact=True).click()
    picker.get_by_label("Find an emoji").fill("wave")
    assert window.accessibility_violations() == []
    picker.get_by_role("button", name="wave", exact=True).click()
    expect(window.composer).to_have_value("👋🏿 ")
    window.page.reload()
    window.page.get_by_role("button", name="Choose an emoji").click()
    expect(picker.get_by_role("radio", name="Dark skin", exact=True)).to_be_checked()
    expect(last.first).to_have_text("👋🏿")
