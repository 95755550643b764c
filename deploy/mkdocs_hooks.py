"""A list of the decisions for the site, so that none is forgotten in its pages."""

import re
from pathlib import Path
from typing import Any

MARK = "<!-- decisions -->"
NUMBER = re.compile(r"^\W*\d+\.?\s*")


def on_page_markdown(markdown: str, *, config: Any, **others: Any) -> str:
    """MkDocs calls it for each page with the page's text, and goes on with what it returns."""
    if MARK not in markdown:
        return markdown
    decisions = sorted(Path(config["docs_dir"], "decisions").glob("*.md"))
    return markdown.replace(MARK, "\n".join(map(_line, decisions)))


def _line(path: Path) -> str:
    title = path.read_text().partition("\n")[0]
    return f"- [{NUMBER.sub('', title.removeprefix('#'))}](decisions/{path.name})"
