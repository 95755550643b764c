"""Every operation of the REST API says what an API token needs for it."""

from django.urls import get_resolver

from accounts.auth.scopes import EVERYWHERE, LABELS, OPERATIONS, Access, Scope, access_to

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


def operations() -> set[tuple[str, str]]:
    (api,) = {str(it.pattern): it for it in get_resolver().url_patterns}.keys() & {"v1/"}
    found = set()
    for include in get_resolver().url_patterns:
        if str(include.pattern) != api:
            continue
        for route in include.url_patterns:
            view = route.callback.view_class
            found |= {(route.name, each) for each in METHODS if hasattr(view, each.lower())}
    return found


def test_the_table_has_every_operation_and_no_other() -> None:
    assert {(name, method) for name, of in OPERATIONS.items() for method in of} == operations()


def test_what_the_table_does_not_know_is_closed() -> None:
    assert access_to("nothing", "GET") is access_to(None, "GET") is Access.NEVER
    assert access_to("messages", "HEAD") is Scope.HISTORY_READ


def test_every_scope_is_used_and_has_a_label() -> None:
    assert set(LABELS) == set(Scope)
    assert {it for of in OPERATIONS.values() for it in of.values()} >= set(Scope)
    assert set(OPERATIONS) >= EVERYWHERE
