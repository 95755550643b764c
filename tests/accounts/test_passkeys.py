"""Passkeys over REST: registration, second factor, log-in without a password, and refusals"""

import json
import secrets
from typing import Any

import pytest
from rest_framework.response import Response

from accounts.models import Passkey, RecoveryCode, Suspension, User
from tests.accounts.passkey_device import PasskeyDevice
from tests.accounts.scene import (
    PASSWORD,
    bearer,
    browser,
    is_refused,
    nobody,
    person_with_password,
    program,
    with_csrf,
)

pytestmark = pytest.mark.django_db
MFA = "/v1/users/me/mfa"
KEYS = f"{MFA}/passkeys"
LOGIN = "/v1/users/login"


@pytest.fixture
def ann(factor_owner: User) -> User:
    return factor_owner


def register(client: Any, device: PasskeyDevice, name: str = "Phone", **changes: Any) -> Response:
    begun = client.post(f"{KEYS}/options").json()
    body = {"stepToken": begun["stepToken"], "name": name}
    body["credential"] = device.create(begun["publicKey"])
    return client.post(KEYS, body | changes, format="json")


@pytest.fixture
def device(ann: User) -> PasskeyDevice:
    """Ann's phone, registered."""
    device = PasskeyDevice()
    answer = register(program(ann), device)
    assert answer.status_code == 201, answer.content
    return device


def step_token() -> str:
    answer = nobody().post(LOGIN, {"email": "ann@example.org", "password": PASSWORD}, format="json")
    assert is_refused(answer, 403, "mfa_required")
    return str(answer.json()["stepToken"])


def options(step: str | None = None) -> dict[str, Any]:
    body = {} if step is None else {"stepToken": step}
    answer = nobody().post(f"{LOGIN}/passkey/options", body, format="json")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def complete(step: str, credential: Any, path: str = f"{LOGIN}/mfa") -> Response:
    return nobody().post(path, {"stepToken": step, "credential": credential}, format="json")


def log_in(device: PasskeyDevice) -> Response:
    """Without a password."""
    begun = options()
    return complete(begun["stepToken"], device.get(begun["publicKey"]), f"{LOGIN}/passkey")


def test_registering_the_first_one_gives_recovery_codes(ann: User) -> None:
    client = program(ann)
    answer = register(client, PasskeyDevice(), "  My phone ")
    assert answer.status_code == 201
    assert answer.json()["passkey"]["name"] == "My phone"
    assert len(answer.json()["recoveryCodes"]) == 10
    assert register(client, PasskeyDevice(), "Key").json()["recoveryCodes"] == []

    kept = client.get(MFA).json()["passkeys"]
    assert [(each["name"], each["lastUsedAt"]) for each in kept] == [
        ("My phone", None),
        ("Key", None),
    ]
    assert Passkey.objects.earliest("id").transports == ["internal"]
    excluded = client.post(f"{KEYS}/options").json()["publicKey"]["excludeCredentials"]
    assert len(excluded) == 2


def test_as_the_second_half_of_a_log_in(ann: User, device: PasskeyDevice) -> None:
    begun = options(step_token())
    allowed = [each["id"] for each in begun["publicKey"]["allowCredentials"]]
    assert len(allowed) == 1

    answer = complete(begun["stepToken"], device.get(begun["publicKey"]))

    assert answer.status_code == 200
    mine = bearer(answer.json()["access"])
    assert mine.get("/v1/users/me").json()["id"] == str(ann.pk)
    (kept,) = mine.get(MFA).json()["passkeys"]
    assert kept["lastUsedAt"] is not None
    assert Passkey.objects.get().sign_count == device.count


def test_without_a_password(ann: User, device: PasskeyDevice) -> None:
    begun = options()
    assert begun["publicKey"]["userVerification"] == "required"
    assert not begun["publicKey"].get("allowCredentials")  # names nobody
    answer = log_in(device)
    assert answer.status_code == 200
    assert answer.json()["user"]["id"] == str(ann.pk)


def test_without_a_password_the_device_has_to_verify_its_owner(device: PasskeyDevice) -> None:
    device.verifies = False
    assert is_refused(log_in(device), 403, "wrong_passkey")
    begun = options(step_token())
    assert complete(begun["stepToken"], device.get(begun["publicKey"])).status_code == 200


def test_a_counter_that_goes_back_is_a_copy(device: PasskeyDevice) -> None:
    assert log_in(device).status_code == 200
    device.count -= 1
    assert is_refused(log_in(device), 403, "wrong_passkey")
    device.count += 5
    assert log_in(device).status_code == 200


def test_an_answer_works_once(device: PasskeyDevice) -> None:
    begun = options()
    credential = device.get(begun["publicKey"])
    path = f"{LOGIN}/passkey"
    assert complete(begun["stepToken"], credential, path).status_code == 200
    assert is_refused(complete(begun["stepToken"], credential, path), 401, "invalid_step")
    another = options()
    assert is_refused(complete(another["stepToken"], credential, path), 403, "wrong_passkey")


def test_another_site_is_refused(ann: User, device: PasskeyDevice) -> None:
    device.origin = "https://evil.example"
    assert is_refused(log_in(device), 403, "wrong_passkey")
    answer = register(program(ann), PasskeyDevice(origin="https://evil.example"))
    assert is_refused(answer, 403, "wrong_passkey")


def test_the_domain_and_the_origin_are_those_of_the_settings(ann: User, settings: Any) -> None:
    settings.PUBLIC_URL, settings.PUBLIC_URL_IS_SET = "https://chat.example.org", True
    begun = program(ann).post(f"{KEYS}/options").json()["publicKey"]
    assert begun["rp"]["id"] == "chat.example.org"
    settings.PASSKEY_DOMAIN = "example.org"
    begun = program(ann).post(f"{KEYS}/options").json()["publicKey"]
    assert begun["rp"]["id"] == "example.org"
    good = PasskeyDevice(origin="https://chat.example.org")
    assert register(program(ann), good).status_code == 201
    bad = PasskeyDevice(origin="https://other.example.org")
    assert is_refused(register(program(ann), bad), 403, "wrong_passkey")


def test_somebody_elses_passkey_is_refused(device: PasskeyDevice) -> None:
    bob = person_with_password("Bob", email="bob@example.org")
    his = PasskeyDevice()
    register(program(bob), his)
    begun = options(step_token())
    answer = complete(begun["stepToken"], his.get(begun["publicKey"]))
    assert is_refused(answer, 403, "wrong_passkey")
    his.owner = device.owner  # claims to be Ann's
    assert is_refused(log_in(his), 403, "wrong_passkey")
    his.id = device.id
    assert is_refused(log_in(his), 403, "wrong_passkey")


def test_a_step_of_one_kind_is_none_of_another(ann: User, device: PasskeyDevice) -> None:
    registering = program(ann).post(f"{KEYS}/options").json()
    credential = device.get({**registering["publicKey"], "rpId": "testserver"})
    answer = complete(registering["stepToken"], credential)
    assert is_refused(answer, 401, "invalid_step")
    body = {"stepToken": options()["stepToken"], "code": "123456"}
    answer = nobody().post(f"{LOGIN}/mfa", body, format="json")
    assert is_refused(answer, 401, "invalid_step")
    without_options = complete(step_token(), device.get(options()["publicKey"]))
    assert is_refused(without_options, 401, "invalid_step")
    answer = nobody().post(f"{LOGIN}/passkey/options", {"stepToken": "made-up"}, format="json")
    assert is_refused(answer, 401, "invalid_step")


def test_a_registration_is_of_who_began_it(ann: User) -> None:
    begun = program(ann).post(f"{KEYS}/options").json()
    bob = program(person_with_password("Bob"))
    credential = PasskeyDevice().create(begun["publicKey"])
    body = {"stepToken": begun["stepToken"], "name": "x", "credential": credential}
    assert is_refused(bob.post(KEYS, body, format="json"), 401, "invalid_step")


def test_a_passkey_is_registered_once(ann: User, device: PasskeyDevice) -> None:
    assert is_refused(register(program(ann), device), 403, "wrong_passkey")


@pytest.mark.parametrize(("length", "status"), [(1023, 201), (1024, 403), (60_000, 403)])
def test_an_id_is_as_long_as_the_standard_allows(ann: User, length: int, status: int) -> None:
    device = PasskeyDevice()
    device.id = secrets.token_bytes(length)
    assert register(program(ann), device).status_code == status


@pytest.mark.parametrize("name", ["", "a\u202eb", " "])
def test_a_bad_name_is_named(ann: User, name: str) -> None:
    answer = register(program(ann), PasskeyDevice(), name)
    assert is_refused(answer, 400, "invalid_input", "name")
    assert not Passkey.objects.exists()


def broken(credential: dict[str, Any]) -> list[Any]:
    """Answers with something missing, of another type, or damaged."""
    response = credential["response"]
    return [
        {},
        {**credential, "rawId": None},
        {**credential, "rawId": 7},
        {**credential, "id": "ä"},
        {**credential, "type": "password"},
        {**credential, "response": []},
        {**credential, "response": {}},
        *({**credential, "response": {**response, key: "AAAA"}} for key in response),
        *({**credential, "response": {**response, key: [1]}} for key in response),
        *({**credential, "response": {**response, key: "é"}} for key in response),
    ]


def test_broken_answers_are_refused(ann: User, device: PasskeyDevice, settings: Any) -> None:
    settings.RATE_LIMITS = False
    for each in broken(device.get(options()["publicKey"])):
        answer = complete(options()["stepToken"], each, f"{LOGIN}/passkey")
        if answer.status_code != 200:
            assert is_refused(answer, 403, "wrong_passkey"), each
    client = program(ann)
    fresh = client.post(f"{KEYS}/options").json()
    for each in broken(PasskeyDevice().create(fresh["publicKey"])):
        answer = client.post(
            KEYS, {"stepToken": fresh["stepToken"], "name": "x", "credential": each}, format="json"
        )
        assert answer.status_code in (201, 403), (each, answer.content)
        fresh = client.post(f"{KEYS}/options").json()
    answer = complete(options()["stepToken"], "text", f"{LOGIN}/passkey")
    assert is_refused(answer, 400, "invalid_input", "credential")


def test_options_are_limited_by_address() -> None:
    answers = [nobody().post(f"{LOGIN}/passkey/options").status_code for _ in range(61)]
    assert answers == [*[200] * 60, 429]


def test_renaming_and_removing(ann: User, device: PasskeyDevice) -> None:
    client = program(ann)
    path = f"{KEYS}/{Passkey.objects.get().pk}"
    assert client.patch(path, {"name": "Work"}, format="json").json()["name"] == "Work"
    bob = program(person_with_password("Bob"))
    assert is_refused(bob.patch(path, {"name": "x"}, format="json"), 404, "passkey_not_found")
    answer = bob.delete(path, {"password": PASSWORD}, format="json")
    assert is_refused(answer, 404, "passkey_not_found")
    answer = client.delete(path, {"password": "wrong"}, format="json")
    assert is_refused(answer, 403, "wrong_password")
    assert nobody().delete(path).status_code == 401

    assert client.delete(path, {"password": PASSWORD}, format="json").status_code == 204

    assert not User.objects.get(pk=ann.pk).has_second_factor
    assert not RecoveryCode.objects.exists()
    assert is_refused(log_in(device), 403, "wrong_passkey")


def test_there_are_twenty_at_most(ann: User) -> None:
    Passkey.objects.bulk_create(
        Passkey(user=ann, name="x", credential_id=bytes([n]), public_key=b"") for n in range(20)
    )
    assert is_refused(program(ann).post(f"{KEYS}/options"), 409, "too_many_passkeys")


def test_who_is_suspended_or_closed_stays_out(ann: User, device: PasskeyDevice) -> None:
    User.objects.update(is_active=False)
    assert is_refused(log_in(device), 401, "invalid_credentials")
    Suspension.objects.create(user=ann, reason="spam")
    assert is_refused(log_in(device), 403, "account_suspended")


def test_a_browser_logs_in_by_the_page(ann: User, device: PasskeyDevice) -> None:
    window = browser(person_with_password("Guest"))
    window.logout()
    page = window.get("/login/passkey?next=/settings").content.decode()
    assert 'data-options="/v1/users/login/passkey/options"' in page
    begun = options()
    form = {"step_token": begun["stepToken"], "next": "/settings"}
    form["csrfmiddlewaretoken"] = with_csrf(window)["X-CSRFToken"]

    for nonsense in ("", "[]", "{", '{"rawId": 1}'):
        answer = window.post("/login/passkey", {**form, "credential": nonsense})
        assert (answer.status_code, answer["Location"]) == (302, "/login/passkey")
    answer = window.post("/login/passkey", {**form, "step_token": "x", "credential": "{}"})
    assert answer["Location"] == "/login"
    assert window.get("/v1/users/me").status_code == 401

    credential = json.dumps(device.get(begun["publicKey"]))
    answer = window.post("/login/passkey", {**form, "credential": credential})

    assert (answer.status_code, answer["Location"]) == (302, "/settings")
    assert window.get("/v1/users/me").json()["id"] == str(ann.pk)
