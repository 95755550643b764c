"""What is read of a page, whatever it is made of."""

import pytest

from attachments.link_previews.page import MAX_DESCRIPTION, MAX_TITLE, PageInfo, read_page
from chatproject.core.outbound import Document


def read(body: str | bytes, charset: str = "") -> PageInfo:
    data = body.encode() if isinstance(body, str) else body
    return read_page(Document("https://site.example/a/b", "text/html", charset, data, True))


def test_the_first_word_for_a_thing_counts() -> None:
    page = """<title>T</title><meta name=twitter:title content=W>
      <meta property="OG:Title" content=O><meta property=og:title content=second>
      <meta name=description content="  D  ">
      <meta property=og:image content="pot.png"><link rel=image_src href=/other.png>"""
    assert read(page) == PageInfo("O", "D", "", "https://site.example/a/pot.png")
    assert read("<title>T &amp; x</title>").title == "T & x"
    assert read("<link rel=image_src href=//cdn.example/x.png>").picture_url == (
        "https://cdn.example/x.png"
    )
    assert read("<p>nothing") == read("") == PageInfo("", "", "", "")


def test_texts_are_one_line_without_controls_and_not_long() -> None:
    assert read("<title>a\n\t b\u202e\u0000c</title>").title == "a bc"
    assert read("<title>e" + "\u0301" * 1000).title == ""
    title = read(f"<title>{'x' * 500}</title>").title
    assert (len(title), title[-1]) == (MAX_TITLE, "\u2026")
    words = read(f"<meta name=description content='{'word ' * 500}'>").description
    assert len(words) <= MAX_DESCRIPTION
    assert read("<title>&#xd800;x</title>").title.strip("\ufffd") == "x"


@pytest.mark.parametrize(
    ("head", "charset"),
    [
        ("", "latin-1"),
        ("<meta charset=latin-1>", ""),
        ('<meta content="x; charset=ISO-8859-1">', ""),
    ],
)
def test_the_charset_is_of_the_answer_or_of_the_page(head: str, charset: str) -> None:
    assert read(f"{head}<title>\u00e4</title>".encode("latin-1"), charset).title == "\u00e4"


@pytest.mark.parametrize(
    "charset", ["nothing", "base64", "utf-7", "idna", "rot13", "hex", "x" * 99]
)
def test_a_charset_that_is_none_is_utf_8(charset: str) -> None:
    assert read("<title>ok</title>", charset).title == "ok"


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "<",
            "<!",
            "<!--",
            "<![CDATA[",
            "<![",
            "<?",
            "</",
            "<a",
            "<a b",
            '<a b="',
            "&",
            "&#",
            "&#x",
        ),
        *(
            "<meta ",
            "<meta content=",
            "<title>",
            "<script>",
            "<script></",
            "<a/",
            "<a <",
            "<a =",
            "\0",
        ),
        *("<!doctype", "</script", "<a b='", "<svg>", "<textarea>", "--!>", "]]>"),
    ],
)
def test_pages_made_to_confuse_a_reader_are_read(piece: str) -> None:
    """512 KB of it: the test would take minutes if reading were quadratic."""
    rest = piece * (512 * 1024 // len(piece))
    assert read(f"<title>ok</title>{rest}>").title == "ok"
