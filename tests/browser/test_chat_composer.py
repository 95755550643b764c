"""What is typed is what is stored: mentions, code, length, input methods, clipboard, replies."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.browser import PASSWORD, Person, Window
from tests.waiting import eventually

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def choose(window: Window, typed: str, nth: int) -> str:
    """Types a beginning of a name, chooses one of the list and returns how it is told apart."""
    window.composer.press_sequentially(typed)
    option = window.page.get_by_role("option").nth(nth)
    expect(option).to_be_visible()
    text = option.inner_text()
    option.click()
    return text


def test_two_people_of_one_name(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann, first, second = make_person("Ann"), make_person("Kim"), make_person("Kim")
    group = ann.begin("Two Kims", first, second)
    window = open_window(ann)
    window.open(group)
    one = choose(window, "Ask @k", 0)
    other = choose(window, "then @k", 1)
    assert one != other
    window.composer.press("Enter")
    window.expect_sent("Ask")
    (text,) = ann.texts(group)
    ids = re.findall(r"<@([0-9a-f-]{36})>", text)
    assert sorted(ids) == sorted([first.id, second.id])

    window.composer.press("ArrowUp")
    expect(window.composer).to_have_value("Ask @Kim then @Kim")
    window.composer.press("End")
    window.composer.press_sequentially(" please")
    window.composer.press("Enter")
    expect(window.row("please")).to_be_visible()
    expect(window.row("please")).to_contain_text("edited")
    assert ann.texts(group) == [f"{text} please"]


def test_code_addresses_and_indentation_are_stored_as_typed(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, kim = make_person("Ann"), make_person("Kim")
    group = ann.begin("As typed", kim)
    window = open_window(ann)
    window.open(group)
    choose(window, "@k", 0)
    texts = [
        "```\nroot:x:0:0:root:/root\n```",
        "https://a.example/:x:/ `:x:`",
        "name@Kim",
        "    indented\n  less",
    ]
    window.composer.fill("")
    for text in texts:
        window.composer.fill(text)
        window.composer.press("Enter")
        expect(window.composer).to_have_value("")
    window.expect_sent("less")
    assert ann.texts(group) == texts


def test_length_is_what_the_server_counts(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann = make_person("Ann")
    group = ann.begin("Long")
    window = open_window(ann)
    window.open(group)
    window.composer.fill("\U0001f44d" * 8001)
    expect(window.page.get_by_text("1 character too many")).to_be_visible()
    window.composer.press("Enter")
    refusal = window.page.get_by_role("alert")
    expect(refusal).to_have_text("The message is 1 character too long.")
    window.composer.fill("\U0001f44d" * 8000)
    window.composer.press("Enter")
    expect(window.composer).to_have_value("")
    expect(window.rows).to_have_count(1)
    expect(refusal).to_have_count(0)


def test_enter_of_an_input_method_does_not_send(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    window = open_window(ann)
    window.open(ann.begin("Input methods"))
    window.composer.fill("nihon")
    window.composer.evaluate(
        """field => field.dispatchEvent(new KeyboardEvent("keydown", {
            key: "Enter", keyCode: 229, isComposing: false, bubbles: true, cancelable: true}))"""
    )
    expect(window.composer).to_have_value("nihon")
    expect(window.rows).to_have_count(0)
    window.composer.press("Enter")
    expect(window.rows).to_have_count(1)


PASTE = """(field, types) => {
    const data = new DataTransfer();
    const cells = "<table><td><b>1</b></td></table>\\t2";
    for (const type of types.filter((each) => each !== "Files")) data.setData(type, cells);
    if (types.includes("Files")) data.items.add(new File(["x"], "image.png", {type: "image/png"}));
    const event = new ClipboardEvent(
        "paste", {clipboardData: data, bubbles: true, cancelable: true});
    field.dispatchEvent(event);
    return event.defaultPrevented;
}"""


def test_pasting_cells_of_a_spreadsheet_is_text(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    window = open_window(ann)
    window.open(ann.begin("Cells"))
    expect(window.composer).to_be_visible()
    for types, is_taken in (
        (["text/plain", "text/html", "Files"], False),
        (["text/plain", "text/html"], False),
        (["text/html", "Files"], True),
        (["text/plain", "Files"], True),
        (["Files"], True),
    ):
        assert window.composer.evaluate(PASTE, types) is is_taken, types


PASTE_RICH = """field => {
    const data = new DataTransfer();
    data.setData("text/plain", "one two");
    data.setData("text/html", "<p><b>one</b> <i>two</i></p><img src=x onerror=alert(1)>");
    field.dispatchEvent(
        new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


def test_formats_commands_and_rich_text(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann, kim = make_person("Ann"), make_person("Kim")
    group = ann.begin("Formats", kim)
    window = open_window(ann)
    window.open(group)
    composer = window.composer
    composer.evaluate(PASTE_RICH)
    expect(composer).to_have_value("**one** _two_")
    composer.fill("loud")
    composer.press("Control+a")
    composer.press("Control+b")
    expect(composer).to_have_value("**loud**")
    composer.fill("- first")
    composer.press("Shift+Enter")
    expect(composer).to_have_value("- first\n- ")
    window.page.get_by_role("button", name="Formatting").click()
    expect(window.page.get_by_role("toolbar", name="Formatting")).to_be_visible()
    assert window.accessibility_violations() == []

    composer.fill("")
    composer.press_sequentially("/sh")
    expect(window.page.get_by_role("option")).to_have_count(2)
    composer.press("Escape")
    composer.fill("/shrug who knows")
    composer.press("Enter")
    window.expect_sent("who knows")
    composer.fill("/topic About formats")
    composer.press("Enter")
    expect(composer).to_have_value("")
    expect(window.page.get_by_text("About formats").first).to_be_visible()
    composer.fill("/remove nobody")
    composer.press("Enter")
    expect(window.page.get_by_role("alert")).to_have_text("Mention somebody with @.")
    assert ann.texts(group) == ["who knows ¯\\\\_(ツ)_/¯"]


def test_reply_whose_original_is_deleted_while_it_is_written(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Gone", ben)
    ben.say(group, "ephemeral")
    seq = ann.get(f"/v1/conversations/{group}/messages?limit=1")["results"][0]["seq"]
    window = open_window(ann)
    window.open(group)
    window.row("ephemeral").focus()
    window.page.keyboard.press("r")
    window.composer.fill("an answer")
    assert ben.rest.delete(f"/v1/conversations/{group}/messages/{seq}").is_success
    expect(window.page.get_by_text("The message that you reply to was deleted.")).to_be_visible()
    window.composer.press("Enter")
    expect(window.page.get_by_role("alert")).to_contain_text("is gone")
    window.page.get_by_role("button", name="Send without it").click()
    window.expect_sent("an answer")
    last = ann.get(f"/v1/conversations/{group}/messages?limit=1")["results"][-1]
    assert (last["content"], last["replyToSeq"]) == ("an answer", None)


def test_reply_that_the_server_refuses_can_be_sent(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Refused", ben)
    seq = ben.say(group, "ephemeral")["seq"]
    window = open_window(ann)
    window.line_may_fail = True
    window.open(group)
    window.row("ephemeral").focus()
    window.page.keyboard.press("r")
    window.page.context.set_offline(True)
    window.send("an answer")
    expect(window.row("an answer")).to_be_visible()
    assert ben.rest.delete(f"/v1/conversations/{group}/messages/{seq}").is_success
    window.page.context.set_offline(False)
    window.page.get_by_role("button", name="Send without the reply").click()
    window.expect_sent("an answer")
    assert ann.texts(group)[-1] == "an answer"


def test_a_message_does_not_go_without_a_file_that_was_not_uploaded(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Plans")
    window = open_window(ann)
    window.line_may_fail = True  # the server refuses the empty file
    window.open(group)
    files = [
        {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"plan"},
        {"name": "empty.txt", "mimeType": "text/plain", "buffer": b""},
    ]
    window.page.locator("input[type=file]").first.set_input_files(files)
    expect(window.page.get_by_text("This file is empty.")).to_be_visible()
    window.composer.fill("both plans")
    refusal = window.page.get_by_text("A file was not uploaded.")

    def is_refused() -> bool:  # once the other file is there
        window.composer.press("Enter")
        return refusal.is_visible()

    eventually(is_refused)
    assert ann.texts(group) == []

    window.page.get_by_role("button", name="Remove empty.txt").click()
    window.composer.press("Enter")
    window.expect_sent("both plans")
    assert ann.texts(group) == ["both plans"]


def test_closed_account_looks_closed(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    direct = ann.direct(ben)
    ben.say(direct, "bye")
    window = open_window(ann)
    window.open(direct)
    expect(window.composer).to_be_visible()
    answer = ben.rest.request("DELETE", "/v1/users/me", json={"password": PASSWORD})
    assert answer.is_success, answer.text
    expect(window.page.get_by_text("This account is closed.")).to_be_visible()
    expect(window.composer).to_have_count(0)
    sent = ann.rest.post(f"/v1/conversations/{direct}/messages", json={"content": "still there?"})
    assert (sent.status_code, sent.json()["code"]) == (403, "conversation_locked")
    window.page.reload()
    expect(window.row("bye")).to_be_visible()
    expect(window.page.get_by_text("This account is closed.")).to_be_visible()


def test_a_message_is_taken_back_within_the_seconds_of_the_setting(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Second thoughts", ben)
    window = open_window(ann)
    window.page.goto("/settings")
    window.page.get_by_label("Undo").select_option("5")
    window.page.get_by_role("button", name="Save").first.click()
    window.open(group)
    window.send("I quit!")
    window.page.get_by_role("button", name="Undo").click()
    expect(window.composer).to_have_value("I quit!")
    expect(window.rows).to_have_count(0)
    assert ben.texts(group) == []
    window.send("I stay.")
    window.expect_sent("I stay.")
    assert ben.texts(group) == ["I stay."]
