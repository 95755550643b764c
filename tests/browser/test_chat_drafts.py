"""A draft on two devices of one person, over the real server."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.browser import Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def test_a_draft_goes_on_on_another_device_and_is_not_overwritten_while_one_types(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Kitchen", ben)
    desk, sofa = open_window(ann), open_window(ann)
    desk.open(group)
    sofa.page.goto("/")
    expect(sofa.entry("Kitchen")).to_be_visible()

    desk.composer.press_sequentially("Half a thought")
    expect(sofa.entry("Kitchen")).to_contain_text("Half a thought")
    sofa.entry("Kitchen").click()
    expect(sofa.composer).to_have_value("Half a thought")

    sofa.composer.press_sequentially(", and the rest")
    draft = f"/v1/conversations/{group}/draft"
    with sofa.page.expect_response(lambda answer: answer.url.endswith(draft)):
        pass
    desk.page.wait_for_timeout(200)  # in which it would be overwritten
    expect(desk.composer).to_have_value("Half a thought")

    sofa.composer.press("Enter")
    sofa.expect_sent("Half a thought, and the rest")
    desk.composer.fill("")
    expect(desk.row("Half a thought, and the rest")).to_be_visible()
    desk.page.reload()
    expect(desk.composer).to_have_value("")
    assert ann.get(draft) == {"draft": None}
