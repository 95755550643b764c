"""search.messages"""

from typing import Any

from accounts.auth.scopes import Scope
from messaging.api.slack.messages import people_of
from messaging.api.slack.method import Answer, Call, method
from messaging.api.slack.shapes import TEAM_ID, message_shape, permalink
from messaging.search.messages import Page, Sort, search_messages
from messaging.search.query import Query, parse_query

MAX_COUNT = 100
MAX_PAGE = 20


@method("search.messages", Scope.HISTORY_READ, names_channel=False)
def messages(call: Call) -> Answer:
    """Pages are counted from 1, as far as MAX_PAGE. `total` is what was found so far, and one more
    where there are further pages: nothing counts all hits."""
    text = call.needed("query", "no_query")
    query, count = parse_query(text), call.number("count", 20, MAX_COUNT)
    number = call.number("page", 1, MAX_PAGE)
    sort = Sort.NEWEST if call.text("sort") == "timestamp" else Sort.RELEVANCE
    page, skipped = _page(call, query, sort, count, number)
    people = people_of({"people": page.people})
    matches = [_match(hit, people) for hit in page.results]
    total = skipped + len(matches) + (page.next is not None)
    paging = {"count": count, "total": total, "page": number, "pages": -(-total // count)}
    return {"query": text, "messages": {"total": total, "paging": paging, "matches": matches}}


def _page(call: Call, query: Query, sort: Sort, count: int, number: int) -> tuple[Page, int]:
    """The page, and how many hits come before it."""
    position, skipped = None, 0
    for left in range(number, 0, -1):
        page = search_messages(
            viewer=call.user, query=query, sort=sort, position=position, limit=count
        )
        if left == 1:
            return page, skipped
        position, skipped = page.next, skipped + len(page.results)
        if position is None:
            break
    return Page([], [], None), skipped


def _match(hit: dict[str, Any], people: dict[str, dict[str, Any]]) -> dict[str, Any]:
    message, conversation = hit["message"], hit["conversation"]
    shape = message_shape(message, people)
    sender = people.get(message["senderId"] or "", {})
    return {
        **shape,
        "iid": message["id"],
        "team": TEAM_ID,
        "username": shape.get("username") or sender.get("name") or "",
        "channel": {
            "id": message["conversationId"],
            "name": conversation.get("name") or "",
            "is_private": conversation.get("kind") != "public",
            "is_im": conversation.get("kind") == "direct",
        },
        "permalink": permalink(message["conversationId"], message["seq"]),
    }
