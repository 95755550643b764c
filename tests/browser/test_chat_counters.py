"""The counters of the page are the server's, after whatever has happened in whatever order."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.browser.browser import Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]
STEPS = 60
EVERY = 6  # steps between comparisons

# The page's own counts: the module is loaded once, so this is the one that the page works with.
COUNTS = """async () => {
    const loaded = performance.getEntriesByType("resource").map((each) => each.name);
    const {context} = await import(loaded.find((name) => /\\/ui\\/context[^/]*\\.js/.test(name)));
    const rows = context.store.inbox().map((each) => [each.id, [each.unread, each.unreadMentions]]);
    return JSON.stringify(Object.fromEntries(rows.sort()));
}"""

# What it knows, for who has to find out why they differ.
KNOWN = COUNTS.replace(
    "return JSON.stringify(Object.fromEntries(rows.sort()));",
    """
    const {conversations, revs} = context.session;
    const entries = context.store.inbox().map((each) => {
        const {id, rev, stateRev, joinedAt, headSeq, lastReadSeq, lastMessage} = each;
        const timeline = context.store.timelines.get(id)?.messages.map((it) => [it.seq, it.rev]);
        const last = lastMessage?.seq;
        return {id, rev, stateRev, joinedAt, headSeq, lastReadSeq, last, timeline};
    });
    const {stale, isLoadingInbox, isInboxOutdated} = conversations;
    const loading = {stale: [...stale], isLoadingInbox, isInboxOutdated};
    return JSON.stringify({entries, loading, revs: [...revs.positions]}, null, 1);""",
)


@dataclass
class World:
    """Ann's window, and what she does elsewhere and others do; `log` tells what was done."""

    ann: Person
    ben: Person
    window: Window
    groups: list[str]
    public: str
    chance: random.Random
    log: list[str] = field(default_factory=list)
    said: dict[str, list[int]] = field(default_factory=dict)
    is_inside: bool = True
    is_offline: bool = False

    def step(self) -> None:
        actions = [*[self.say] * 4, self.edit, self.edit, self.delete, self.delete, self.hide]
        actions += [self.read_elsewhere, self.leave_or_rejoin, self.switch_line, self.visit]
        self.chance.choice(actions)()

    def content(self) -> str:
        texts = ("plain", "@all look", f"<@{self.ann.id}> hi", f"`<@{self.ann.id}>`", "@all请看")
        return f"{self.chance.choice(texts)} {self.chance.randrange(10**6)}"

    def place(self) -> tuple[str, int] | None:
        """A message of Ben's, in any conversation."""
        conversation = self.chance.choice([*self.groups, self.public])
        seqs = self.said.get(conversation, [])
        return (conversation, self.chance.choice(seqs)) if seqs else None

    def say(self) -> None:
        conversation = self.chance.choice([*self.groups, self.public])
        content = self.content()
        seq = self.ben.say(conversation, content)["seq"]
        self.said.setdefault(conversation, []).append(seq)
        self.log.append(f"say {conversation} {seq} {content}")

    def edit(self) -> None:
        if place := self.place():
            self._change("PATCH", self.ben, *place, json={"content": self.content()})

    def delete(self) -> None:
        if place := self.place():
            self.said[place[0]].remove(place[1])
            self._change("DELETE", self.ben, *place)

    def hide(self) -> None:
        if (place := self.place()) and (self.is_inside or place[0] != self.public):
            self._change("POST", self.ann, *place, suffix="/hide")

    def _change(
        self, method: str, by: Person, conversation: str, seq: int, suffix: str = "", **body: Any
    ) -> None:
        path = f"/v1/conversations/{conversation}/messages/{seq}{suffix}"
        answer = by.rest.request(method, path, **body)
        # Who has left and come back no longer sees what was before, and cannot hide it.
        assert answer.is_success or answer.status_code in (404, 409), answer.text
        self.log.append(f"{method} {path} {body} {answer.status_code}")

    def read_elsewhere(self) -> None:
        if (place := self.place()) and (self.is_inside or place[0] != self.public):
            self.ann.post(f"/v1/conversations/{place[0]}/read", seq=place[1])
            self.log.append(f"read {place}")

    def leave_or_rejoin(self) -> None:
        what = "leave" if self.is_inside else "join"
        self.ann.post(f"/v1/conversations/{self.public}/{what}")
        self.is_inside = not self.is_inside
        self.log.append(what)

    def switch_line(self) -> None:
        self.is_offline = not self.is_offline
        self.window.page.context.set_offline(self.is_offline)
        self.log.append(f"offline {self.is_offline}")

    def visit(self) -> None:
        """Opens a conversation, which reads it, and goes back to the list."""
        if self.is_offline:
            return
        link = self.window.page.locator(f'a[href*="{self.chance.choice(self.groups)}"]').first
        link.click()
        self.window.page.go_back()
        self.log.append("visit")

    def compare(self) -> None:
        """Waits until the page says what the server says."""
        if self.is_offline:
            self.switch_line()
        for _ in range(600):  # a busy machine, after a line that was down
            server = self.counts()
            page = self.window.page.evaluate(COUNTS)
            if page == server:
                return
            self.window.page.wait_for_timeout(100)
        known = self.window.page.evaluate(KNOWN)
        rows = self.ann.get("/v1/conversations?limit=50")["results"]
        own = [{name: row[name] for name in ("id", "rev", "stateRev", "joinedAt")} for row in rows]
        told = f"page {page}\nserver {server}\n{known}\n{own}\n"
        raise AssertionError(told + "\n".join(self.log))

    def counts(self) -> str:
        rows = self.ann.get("/v1/conversations?limit=50")["results"]
        counts = {row["id"]: [row["unread"], row["unreadMentions"]] for row in rows}
        script = "rows => JSON.stringify(Object.fromEntries(Object.entries(rows).sort()))"
        return str(self.window.page.evaluate(script, counts))


@pytest.mark.parametrize("seed", range(6))
def test_counters_are_the_servers(
    seed: int, make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    groups = [ann.begin("One", ben), ann.begin("Two", ben), ann.direct(ben)]
    public = ben.post("/v1/conversations", name=f"Open {seed}", kind="public")["id"]
    ann.post(f"/v1/conversations/{public}/join")
    window = open_window(ann)
    window.line_may_fail = True
    window.page.goto("/")
    world = World(ann, ben, window, groups, public, random.Random(seed))
    for n in range(STEPS):
        world.step()
        if n % EVERY == EVERY - 1:
            world.compare()
    assert len(world.log) > STEPS / 2
