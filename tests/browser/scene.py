"""A small world with all that a conversation, a message and a list can be, to be looked at.

`make shots` takes pictures of it, and the tests of layout measure it.
"""

import io
import math
import struct
import wave
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw

from tests.browser.browser import Person, register

NAMES = ("Ben Becker", "Cleo Okonkwo", "Dmitri Volkov-Hartmann", "Elodie Fournier", "Farid Haddad")
SAMPLE_RATE = 8000  # per second
PEAK = 20_000


@dataclass
class Scene:
    """The viewer, a moderator, others, and ids of conversations."""

    viewer: Person
    moderator: Person
    others: list[Person]
    group: str
    direct: str
    channel: str
    preview: str
    left: str
    blocked: str
    own: str
    thread: int = 0  # the seq of the message that has replies in a thread
    poll: int = 0  # the seq of the poll in the viewer's own group


def photo(width: int, height: int, hue: int) -> bytes:
    """A PNG: a sky, a sun and a hill, so that a crop or a hole is seen."""
    image = Image.new("HSV", (width, height), (hue, 90, 235))
    draw = ImageDraw.Draw(image)
    radius = min(width, height) // 6
    draw.ellipse((radius, radius, 3 * radius, 3 * radius), fill=(32, 130, 255))
    hill = [(0, height), (0, height * 2 // 3), (width // 2, height // 2), (width, height * 4 // 5)]
    draw.polygon([*hill, (width, height)], fill=((hue + 110) % 256, 150, 140))
    file = io.BytesIO()
    image.convert("RGB").save(file, "PNG")
    return file.getvalue()


def sound(seconds: float) -> bytes:
    """A WAV whose loudness rises and falls as speech does."""
    count = int(seconds * SAMPLE_RATE)
    loud = [
        abs(math.sin(n / SAMPLE_RATE * 2.2)) * (0.4 + 0.6 * (n % 5000) / 5000) for n in range(count)
    ]
    samples = [int(PEAK * loud[n] * math.sin(n * 0.35)) for n in range(count)]
    file = io.BytesIO()
    with wave.open(file, "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(SAMPLE_RATE)
        target.writeframes(struct.pack(f"<{count}h", *samples))
    return file.getvalue()


def upload(person: Person, name: str, data: bytes, **fields: Any) -> str:
    """Returns the attachment's id."""
    answer = person.rest.post("/v1/attachments", files={"file": (name, data)}, data=fields)
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


def _begin(person: Person, kind: str, name: str, *others: Person) -> str:
    ids = [other.id for other in others]
    return str(person.post("/v1/conversations", kind=kind, name=name, memberIds=ids)["id"])


def make_scene(base_url: str) -> Scene:
    viewer, moderator = register(base_url, "Anna Lindqvist"), register(base_url, "Mora Moderator")
    others = [register(base_url, name) for name in NAMES]
    ben, cleo, dmitri, elodie, farid = others
    group = cleo.begin("Harbour festival", viewer, ben, dmitri, elodie, farid, moderator)
    cleo.rest.patch(
        f"/v1/conversations/{group}", json={"topic": "Programme, stages and volunteers"}
    )
    scene = Scene(
        viewer,
        moderator,
        others,
        group=group,
        direct=viewer.direct(ben),
        channel=_begin(cleo, "broadcast", "Announcements", viewer, ben),
        preview=_begin(dmitri, "public", "Open gardens", elodie),
        left=elodie.begin("Old flat", viewer),
        blocked=viewer.direct(farid),
        own=viewer.begin("My own group", ben, cleo),
    )
    _fill_group(scene)
    _fill_others(scene)
    _fill_own(scene)
    return scene


def _fill_group(scene: Scene) -> None:
    viewer, group = scene.viewer, scene.group
    ben, cleo, dmitri, elodie, _ = scene.others
    first = cleo.say(
        group,
        "Good morning! The stage plan is **final**: see `plan.pdf` and [the site](https://example.org).",
    )
    scene.thread = first["seq"]
    ben.say(group, "Which stage is the children's?", threadSeq=scene.thread)
    cleo.say(group, "The small one, by the lighthouse. ☀️", threadSeq=scene.thread)
    viewer.say(group, "I'll bring the chalk then.", threadSeq=scene.thread)
    viewer.say(group, "Wonderful 🎉 I'll tell the volunteers.", replyToSeq=first["seq"])
    ben.say(group, f"<@{viewer.id}> can you take the early shift? ☀️ ❤️ ✌️ 1️⃣")
    ben.say(
        group,
        "> We need eight people at the gate\n\n- tape\n- two tables\n- a cash box\n\n"
        "```python\ndef shift(n):\n    return n * 2  # hours\n```",
    )
    ben.say(group, "👍🎉")
    dmitri.say(
        group,
        "A longer text, as people write when there is something to explain: "
        + "the tide comes in at half past nine, and until then the quay must be free. " * 4,
    )
    viewer.say(group, "unbroken" * 20)
    for count in (1, 3):
        ids = [
            upload(elodie, f"quay-{n}.png", photo(900, 600 if n else 1200, 30 * n + 120))
            for n in range(count)
        ]
        elodie.say(group, "" if count == 1 else "From yesterday", attachmentIds=ids)
    voice = upload(cleo, "voice-message-2025-06-01-10-00-00.wav", sound(6), duration="6")
    cleo.say(group, "", attachmentIds=[voice])
    ben.say(
        group,
        "",
        attachmentIds=[upload(ben, "Programme of the whole weekend.txt", b"10:00 opening\n")],
    )
    gone = viewer.say(group, "to be deleted")
    viewer.rest.delete(f"/v1/conversations/{group}/messages/{gone['seq']}")
    for person, emoji in ((viewer, "👍"), (ben, "👍"), (dmitri, "❤️")):
        person.rest.post(
            f"/v1/conversations/{group}/messages/{first['seq']}/reactions", json={"emoji": emoji}
        )
    cleo.post(f"/v1/conversations/{group}/messages/{first['seq']}/pin")
    viewer.post(f"/v1/conversations/{group}/read", seq=gone["seq"])
    dmitri.say(group, "Who brings the drums?")
    dmitri.say(group, "And the cables, please.")


def _fill_others(scene: Scene) -> None:
    viewer = scene.viewer
    ben, cleo, dmitri, elodie, farid = scene.others
    ben.say(scene.direct, "See you at eight?")
    viewer.say(scene.direct, "Yes, at the quay.")
    voice = upload(ben, "voice-message-2025-06-01-10-00-00.wav", sound(3), duration="3")
    ben.say(scene.direct, "", attachmentIds=[voice])
    cleo.say(scene.channel, "The office is closed on Friday.")
    dmitri.say(scene.preview, "Everybody may look in.")
    elodie.say(scene.left, "The keys are at the neighbour's.")
    viewer.post(f"/v1/conversations/{scene.left}/leave")
    viewer.post("/v1/blocks", userId=farid.id)
    viewer.post("/v1/contacts", userId=ben.id, nickname="Benny")
    for number in range(12):
        side = ben.begin(f"Working group {number + 1}", viewer)
        ben.say(side, f"Meeting {number + 1} is on Monday.")
    foul = ben.say(scene.group, f"<@{cleo.id}> reported words")
    dmitri.post(
        "/v1/reports", conversationId=scene.group, seq=foul["seq"], reason="spam", comment="again"
    )


def _fill_own(scene: Scene) -> None:
    """A message with versions, a poll with votes, and what the viewer keeps for later."""
    viewer, own = scene.viewer, scene.own
    ben, cleo = scene.others[:2]
    edited = viewer.say(own, "We meet at eight.")
    changed = viewer.rest.patch(
        f"/v1/conversations/{own}/messages/{edited['seq']}", json={"content": "We meet at nine."}
    )
    assert changed.is_success, changed.text
    asked = ben.post(
        f"/v1/conversations/{own}/polls",
        question="Where do we eat after the rehearsal?",
        choices=["The pizzeria by the old harbour", "Fish soup at Cleo's", "Everybody at home"],
        several=True,
    )
    scene.poll = asked["seq"]
    for person, choices in ((viewer, [1]), (ben, [0, 1]), (cleo, [1])):
        voted = person.rest.put(
            f"/v1/conversations/{own}/messages/{scene.poll}/vote", json={"choices": choices}
        )
        assert voted.is_success, voted.text
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    viewer.post("/v1/saved", conversationId=scene.group, seq=scene.thread)
    viewer.post("/v1/saved", conversationId=own, seq=edited["seq"], remindAt=tomorrow.isoformat())
    for day, text in enumerate(("The cables are in the shed.", "Don't forget the **drums**!")):
        viewer.post(
            f"/v1/conversations/{own}/scheduled",
            content=text,
            sendAt=(tomorrow + timedelta(days=day)).isoformat(),
        )
