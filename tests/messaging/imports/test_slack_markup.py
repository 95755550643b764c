"""Slack's text as ours."""

from uuid import UUID

import pytest

from messaging.imports.slack.emoji import reaction_named
from messaging.imports.slack.mapping import split_text
from messaging.imports.slack.markup import Directory, convert
from messaging.text import MAX_LENGTH

ANN = UUID("00000000-0000-4000-8000-00000000000a")
DIRECTORY = Directory(
    person={"U1": ANN}.get,
    person_name={"U1": "Ann"}.get,
    channel_name={"C1": "general"}.get,
    group_name={"S1": "operations"}.get,
)


@pytest.mark.parametrize(
    ("slack", "ours"),
    [
        ("plain text", "plain text"),
        ("a *bold* word", "a **bold** word"),
        ("*two words*, *again*", "**two words**, **again**"),
        ("2*3*4 and * not * this", r"2\*3\*4 and * not * this"),
        ("*bold*text and *bold*", r"\*bold\*text and **bold**"),
        ("_*x*_ and *_x_* and ~*x*~", "_**x**_ and **_x_** and ~~**x**~~"),
        ("~~no~~ and a * b", r"\~~no\~~ and a * b"),
        ("one * star*", r"one * star\*"),
        ("_italic_ stays", "_italic_ stays"),
        ("a ~struck~ word", "a ~~struck~~ word"),
        ("cp ~/a ~/b", "cp ~/a ~/b"),
        ("*bold _and_ ~struck~*", "**bold _and_ ~~struck~~**"),
        ("*over\nlines*", "*over\nlines*"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt; is an entity", "&lt; is an entity"),
        ("&gt; quoted", "> quoted"),
        ("`*not bold*` *bold*", "`*not bold*` **bold**"),
        ("```a = *b*\n&lt;c&gt; ~d~```", "```a = *b*\n<c> ~d~```"),
        ("```curl <http://a.b|a.b>``` and `<@U1>`", "```curl a.b``` and `@Ann`"),
        ("<@U1> hi", f"<@{ANN}> hi"),
        ("<@U1|ann> hi", f"<@{ANN}> hi"),
        ("*<@U1>*", f"**<@{ANN}>**"),
        ("<@U9> and <@U9|gone>", "@U9 and @gone"),
        ("<!channel> <!here> <!here|@here> <!everyone>", "@all @all @all @all"),
        ("<!subteam^S1|@devs> <!subteam^S1>", "@devs @operations"),
        ("<!date^1392734382^{date}|Feb 18, 2014>", "Feb 18, 2014"),
        ("<#C1|general> <#C1> <#C9>", "#general #general #C9"),
        ("<http://a.b/c?d=1&amp;e=2>", "http://a.b/c?d=1&e=2"),
        ("<http://a.b|the site>", "[the site](http://a.b)"),
        ("<http://a.b|a.b>", "http://a.b"),
        ("<https://a.b/~user/~x|*my* [page]>", "[*my* \\[page\\]](https://a.b/~user/~x)"),
        ("<http://a.b/c_(d)|e>", "[e](http://a.b/c_%28d%29)"),
        ("<http://a.b/1|[o/r] Fix [x>", r"[\[o/r\] Fix \[x](http://a.b/1)"),
        ("<http://a.b/1|see http://c.d>", "[see http://c.d](http://a.b/1)"),
        ("<http://a.b/1|`[`>", "`[` (http://a.b/1)"),
        ("<mailto:ann@a.b|ann@a.b>", "ann@a.b"),
        ("<tel:+123>", "+123"),
        ("<javascript:alert(1)|click>", "click (javascript:alert(1))"),
        (":tada: :flag-de: :face_with_cowboy_hat:", "🎉 🇩🇪 🤠"),
        (":wave::skin-tone-3: 10:30:45 :our_own:", "👋🏼 10:30:45 :our_own:"),
        ("`:tada:`", "`:tada:`"),
    ],
)
def test_markup_is_turned(slack: str, ours: str) -> None:
    assert convert(slack, DIRECTORY).text == ours


def test_mentions_are_known() -> None:
    markup = convert("<@U1> <@U9> <!here>", DIRECTORY)
    assert (markup.people, markup.everybody, markup.unknown) == ({ANN}, True, ["U9"])


def test_mentions_in_code_call_nobody() -> None:
    markup = convert("`<@U1>` ```<!channel>```", DIRECTORY)
    assert (markup.people, markup.everybody) == (set(), False)


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("thumbsup", "👍"),
        ("+1", "👍"),
        ("+1::skin-tone-5", "👍🏾"),
        ("woman-shrugging::skin-tone-2", "🤷🏻‍♀️"),
        ("heart", "❤️"),
        ("flag-fr", "🇫🇷"),
        ("party_parrot", ":party_parrot:"),
        ("not an emoji", None),
        ("", None),
    ],
)
def test_reactions_have_one_spelling(name: str, stored: str | None) -> None:
    assert reaction_named(name) == stored


@pytest.mark.parametrize(
    "text",
    [
        "word " * 5000,
        "x" * 20_001,
        "line of text\n" * 2000,
        "x" * (MAX_LENGTH - 20) + f"<@{ANN}>" + "y" * 100,
    ],
)
def test_split_loses_nothing(text: str) -> None:
    parts = split_text(text)
    assert "".join(parts) == text
    assert all(0 < len(part) <= MAX_LENGTH for part in parts)
    assert sum(f"<@{ANN}>" in part for part in parts) == text.count("<@")
