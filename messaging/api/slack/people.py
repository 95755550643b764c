"""users.*: who is there."""

from uuid import UUID

from accounts.auth.scopes import Scope
from accounts.people.search import find_people, list_people, person_by_id
from chatproject.core.api.cursors import uuid_in
from chatproject.core.db.seek_pagination import Position
from messaging.api.slack.method import MAX_LIMIT, Answer, Call, SlackError, method, next_cursor
from messaging.api.slack.shapes import user_shape


@method("users.list", Scope.PEOPLE_READ, names_channel=False)
def list_all(call: Call) -> Answer:
    cursor = call.cursor(str, str)
    position = None
    if cursor:
        key: tuple[str, UUID] = (cursor[0], uuid_in(cursor[1]))
        position = Position(key)
    page = list_people(position=position, limit=call.number("limit", MAX_LIMIT, MAX_LIMIT))
    following = None
    if page.next is not None:
        following = [page.next.key[0], str(page.next.key[1])]
    return {"members": [user_shape(each) for each in page.rows], **next_cursor(following)}


@method("users.info", Scope.PEOPLE_READ, names_channel=False)
def info(call: Call) -> Answer:
    return {"user": user_shape(person_by_id(call.person()))}


@method("users.lookupByEmail", Scope.PEOPLE_READ, names_channel=False)
def lookup_by_email(call: Call) -> Answer:
    email = call.needed("email", "users_not_found")
    if "@" not in email:
        raise SlackError("users_not_found")
    found = find_people(query=email, position=None, limit=1).rows
    if not found:
        raise SlackError("users_not_found")
    return {"user": user_shape(found[0])}
