"""Texts as people write them in a chat: mostly short, some long, with links, emojis and code."""

import random

SHORT = (
    "ok", "yes", "thanks!", "on my way", "lol", "which one?", "same here", "done", "👍", "no idea",
    "see you at 3", "good morning", "one sec", "sounds good to me", "it works now, thanks",
)  # fmt: skip
LONGER = (
    "did anybody try that on a fresh machine? mine still shows the old version",
    "I restarted it twice and the log says nothing, so I suspect the cable",
    "see https://example.org/help/first-steps#network, the third paragraph is the one",
    "können wir das auf morgen verschieben? Ich bin erst um fünf zurück 🙈",
    "`make run` and then open the page, that's all there is to it",
    "the meeting moves to room 12, please tell the others who aren't in this group yet",
    "what does `df -h` print? if /var is full then that is your answer",
)
LONG = "\n".join(  # noqa: FLY002
    (
        "Here is what I did, step by step, in case somebody meets the same:",
        "1. stopped the service and kept a copy of its folder;",
        "2. compared the settings with those of the other machine, line by line;",
        "3. found that the clock of one was an hour behind, which made every token expire at once.",
        "Since then it has been running for two days without a single error. 🎉",
    )
)


def some_texts(count: int = 500, seed: int = 7) -> list[str]:
    """The same list every time: six of ten are short, one of thirty is long."""
    chance = random.Random(seed)
    kinds = chance.choices((SHORT, LONGER, (LONG,)), weights=(60, 37, 3), k=count)
    return [chance.choice(kind) for kind in kinds]
