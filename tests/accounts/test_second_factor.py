"""TOTP and recovery codes: set up, asked for at log-in, never usable twice, reset by an operator"""

import base64
import re
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.response import Response

from accounts.models import FactorStep, RecoveryCode, SignIn, Totp, User
from accounts.people.erasure import anonymize_account
from accounts.second_factor import encryption
from accounts.second_factor.steps import TRIES
from tests.accounts.authenticator import App, Clock, code_of
from tests.accounts.scene import (
    PASSWORD,
    bearer,
    in_parallel,
    is_refused,
    nobody,
    person_with_password,
    program,
)
from tests.management.running import entries, run

pytestmark = pytest.mark.django_db
MFA = "/v1/users/me/mfa"


@pytest.fixture
def ann(factor_owner: User) -> User:
    return factor_owner


def log_in(password: str = PASSWORD, **extra: Any) -> Response:
    body = {"email": "ann@example.org", "password": password}
    return nobody().post("/v1/users/login", body, format="json", **extra)


def step_token() -> str:
    answer = log_in()
    assert is_refused(answer, 403, "mfa_required")
    return str(answer.json()["stepToken"])


def complete(token: str, code: str | None = None, **more: Any) -> Response:
    body = {"stepToken": token, **({} if code is None else {"code": code}), **more}
    return nobody().post("/v1/users/login/mfa", body, format="json")


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
    ],
)
def test_the_other_library_is_right_by_the_rfcs_vectors(at: int, code: str) -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert code_of(secret, at, digits=8) == code


def test_setting_up_an_app(ann: User, clock: Clock) -> None:
    client = program(ann)
    nothing = {"totp": False, "passkeys": [], "recoveryCodesLeft": 0, "isRequired": False}
    assert client.get(MFA).json() == nothing
    begun = client.post(f"{MFA}/totp").json()
    assert log_in().status_code == 200  # it counts after it was confirmed

    code = code_of(begun["secret"], clock.now)
    confirmed = client.post(f"{MFA}/totp/confirm", {"code": code}, format="json")

    codes = confirmed.json()["recoveryCodes"]
    assert len(set(codes)) == 10
    assert all(re.fullmatch("([a-z2-9]{4}-){3}[a-z2-9]{4}", each) for each in codes)
    assert client.get(MFA).json() == {**nothing, "totp": True, "recoveryCodesLeft": 10}
    assert is_refused(client.post(f"{MFA}/totp"), 409, "totp_exists")


def test_what_is_stored_reveals_neither_secret_nor_codes(app: App) -> None:
    kept = Totp.objects.get()
    assert app.secret not in kept.secret
    assert encryption.decrypt(kept.secret) == app.secret
    digests = b"".join(bytes(each.digest) for each in RecoveryCode.objects.all())
    assert not any(code.replace("-", "").encode() in digests for code in app.recovery_codes)


def test_logging_in_takes_the_code(ann: User, app: App) -> None:
    refused = log_in()
    body = refused.json()
    assert set(body["methods"]) == {"totp", "recoveryCode"}
    assert "access" not in body

    answer = complete(body["stepToken"], app.code())

    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh", "user"}
    assert bearer(answer.json()["access"]).get("/v1/users/me").json()["id"] == str(ann.pk)


def test_a_wrong_password_reveals_no_second_factor(app: App) -> None:
    assert is_refused(log_in("wrong"), 401, "invalid_credentials")


def test_a_code_works_once(app: App) -> None:
    code = app.code()
    assert complete(step_token(), code).status_code == 200
    assert is_refused(complete(step_token(), code), 403, "wrong_code")
    assert is_refused(complete(step_token(), app.code(-1)), 403, "wrong_code")  # an older one
    app.clock.tick()
    assert complete(step_token(), app.code()).status_code == 200


@pytest.mark.parametrize(("offset", "is_right"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(app: App, offset: int, is_right: bool) -> None:
    app.clock.tick(5)
    assert (complete(step_token(), app.code(offset)).status_code == 200) is is_right


def test_a_recovery_code_works_once(app: App) -> None:
    spelled = app.recovery_codes[3].upper().replace("-", " ")
    assert complete(step_token(), recoveryCode=spelled).status_code == 200
    assert is_refused(complete(step_token(), recoveryCode=spelled), 403, "wrong_code")
    assert app.client.get(MFA).json()["recoveryCodesLeft"] == 9


def test_a_step_token_works_once(app: App) -> None:
    token = step_token()
    assert complete(token, app.code()).status_code == 200
    app.clock.tick()
    assert is_refused(complete(token, app.code()), 401, "invalid_step")


def test_a_step_token_is_worth_little(app: App) -> None:
    """Not a token, not a ticket, and of no other person."""
    token = step_token()
    assert bearer(token).get("/v1/users/me").status_code == 401
    assert is_refused(complete("made-up", app.code()), 401, "invalid_step")
    bob = person_with_password("Bob", email="bob@example.org")
    other = App(bob, app.clock)
    assert is_refused(complete(token, other.code()), 403, "wrong_code")
    assert is_refused(complete(token, recoveryCode=other.recovery_codes[0]), 403, "wrong_code")


def test_a_step_ends_after_a_few_wrong_codes(app: App) -> None:
    token = step_token()
    for _ in range(TRIES):
        assert is_refused(complete(token, "000000"), 403, "wrong_code")
    assert is_refused(complete(token, app.code()), 401, "invalid_step")


def test_guesses_are_counted_over_all_steps(app: App) -> None:
    tokens = [step_token() for _ in range(3)]
    answers = [complete(tokens[n % 3], "no").status_code for n in range(9)]
    assert answers == [403] * 9  # the tenth in this minute was that of the enrolment
    assert is_refused(complete(tokens[0], app.code()), 429, "rate_limited")
    assert is_refused(
        app.client.post(f"{MFA}/totp/confirm", {"code": "1"}, format="json"), 429, "rate_limited"
    )


def test_a_step_expires(app: App) -> None:
    token = step_token()
    FactorStep.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert is_refused(complete(token, app.code()), 401, "invalid_step")
    step_token()
    assert FactorStep.objects.count() == 1  # the expired one was cleared away


def test_a_new_password_ends_the_step(ann: User, app: App) -> None:
    token = step_token()
    ann.set_password("another one entirely")
    ann.save(update_fields=["password"])
    assert is_refused(complete(token, app.code()), 401, "invalid_step")


def test_a_closed_account_ends_the_step(ann: User, app: App) -> None:
    token = step_token()
    User.objects.update(is_active=False)
    assert is_refused(complete(token, app.code()), 401, "invalid_step")


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "stepToken"), ({"stepToken": "x"}, "code"), ({"stepToken": "x", "code": 7}, "code")],
)
def test_a_wrong_body_is_named(body: dict[str, Any], field: str) -> None:
    answer = nobody().post("/v1/users/login/mfa", body, format="json")
    assert is_refused(answer, 400, "invalid_input", field)


def test_refusals_while_setting_up(ann: User, clock: Clock) -> None:
    client = program(ann)
    confirm = {"code": "123456"}
    answer = client.post(f"{MFA}/totp/confirm", confirm, format="json")
    assert is_refused(answer, 404, "totp_not_found")
    client.post(f"{MFA}/totp")
    answer = client.post(f"{MFA}/totp/confirm", confirm, format="json")
    assert is_refused(answer, 403, "wrong_code")
    assert not User.objects.get(pk=ann.pk).has_second_factor
    for method, path in (("get", MFA), ("post", f"{MFA}/totp"), ("delete", f"{MFA}/totp")):
        assert getattr(nobody(), method)(path).status_code == 401


def test_removing_takes_the_password(app: App) -> None:
    delete = app.client.delete
    answer = delete(f"{MFA}/totp", {"password": "wrong"}, format="json")
    assert is_refused(answer, 403, "wrong_password")
    answer = delete(f"{MFA}/totp", {"code": app.code()}, format="json")
    assert is_refused(answer, 403, "wrong_password")

    assert delete(f"{MFA}/totp", {"password": PASSWORD}, format="json").status_code == 204

    assert log_in().status_code == 200
    assert not RecoveryCode.objects.exists()
    answer = delete(f"{MFA}/totp", {"password": PASSWORD}, format="json")
    assert is_refused(answer, 404, "totp_not_found")


def test_who_has_no_password_gives_a_code(ann: User, app: App) -> None:
    User.objects.update(password="!none")
    answer = app.client.delete(f"{MFA}/totp", {"code": "000000"}, format="json")
    assert is_refused(answer, 403, "wrong_code")
    answer = app.client.delete(f"{MFA}/totp", {"code": app.code()}, format="json")
    assert answer.status_code == 204


def test_new_recovery_codes_replace_the_old(app: App) -> None:
    path = f"{MFA}/recovery-codes"
    assert is_refused(
        app.client.post(path, {"password": "wrong"}, format="json"), 403, "wrong_password"
    )
    codes = app.client.post(path, {"password": PASSWORD}, format="json").json()["recoveryCodes"]
    assert not set(codes) & set(app.recovery_codes)
    old = complete(step_token(), recoveryCode=app.recovery_codes[0])
    assert is_refused(old, 403, "wrong_code")
    assert complete(step_token(), recoveryCode=codes[0]).status_code == 200


def test_recovery_codes_belong_to_a_factor(ann: User) -> None:
    answer = program(ann).post(f"{MFA}/recovery-codes", {"password": PASSWORD}, format="json")
    assert is_refused(answer, 409, "no_second_factor")


def test_another_secret_key_with_the_old_one_as_fallback(app: App, settings: Any) -> None:
    old, settings.SECRET_KEY = settings.SECRET_KEY, "n" * 60
    assert is_refused(complete(step_token(), app.code()), 403, "wrong_code")
    settings.SECRET_KEY_FALLBACKS = [old]
    assert complete(step_token(), app.code()).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []  # it was encrypted anew
    app.clock.tick()
    assert complete(step_token(), app.code()).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_parallel_uses_one_succeeds(ann: User, app: App, settings: Any) -> None:
    settings.RATE_LIMITS = False
    code, tokens = app.code(), [step_token() for _ in range(8)]
    before = SignIn.objects.count()
    answers = in_parallel(lambda: complete(tokens.pop(), code).status_code, 8, threads=8)
    assert sorted(answers) == [200, *[403] * 7]
    token = step_token()
    codes = app.recovery_codes[:8]
    answers = in_parallel(
        lambda: complete(token, recoveryCode=codes.pop()).status_code, 8, threads=8
    )
    assert answers.count(200) == 1
    assert SignIn.objects.count() == before + 2


def test_changing_the_password_keeps_one_in(app: App) -> None:
    answer = app.client.post(
        "/v1/users/me/password",
        {"currentPassword": PASSWORD, "newPassword": "another horse battery"},
        format="json",
    )
    assert answer.status_code == 200
    assert bearer(answer.json()["access"]).get("/v1/users/me").status_code == 200


def test_an_operator_opens_the_way_back(ann: User, app: App) -> None:
    assert run("reset_mfa", "ann@example.org")[0] == 2  # no reason
    status, report = run("reset_mfa", "ann@example.org", "--reason", "lost phone")
    assert (status, report["methods"]) == (0, ["totp", "recoveryCode"])

    assert log_in().status_code == 200
    assert app.client.get("/v1/users/me").status_code == 401  # signed out
    (entry,) = entries("second_factor.reset")
    assert (entry.person_id, entry.reason) == (ann.pk, "lost phone")
    assert "reset_mfa" in entry.operator
    assert run("reset_mfa", "ann@example.org", "--reason", "again")[0] == 1


def test_a_dry_run_changes_nothing(app: App) -> None:
    assert run("reset_mfa", "ann@example.org", "--reason", "x", "--dry-run")[0] == 0
    assert is_refused(log_in(), 403, "mfa_required")
    assert entries("second_factor.reset") == []


def test_erasing_leaves_nothing(ann: User, app: App) -> None:
    step_token()
    anonymize_account(ann)
    for model in (Totp, RecoveryCode, FactorStep):
        assert not model.objects.exists()
    assert not User.objects.get(pk=ann.pk).has_second_factor


@pytest.mark.parametrize("required", ["none", "staff", "everyone"])
def test_who_has_to_enrol(required: str, settings: Any, ann: User, clock: Clock) -> None:
    ops = person_with_password("Ops", email="ops@example.org", is_staff=True)
    bot = person_with_password("Bot", email="bot@example.org", is_bot=True)
    clients = [program(each) for each in (ann, ops, bot)]
    settings.MFA_REQUIRED_FOR = required

    barred = [client.get("/v1/users/me").status_code == 403 for client in clients]

    assert barred == [required == "everyone", required != "none", False]
    for client, is_barred in zip(clients, barred, strict=True):
        assert client.get(MFA).json()["isRequired"] is is_barred
        if is_barred:
            assert is_refused(client.get("/v1/contacts"), 403, "mfa_enrolment_required")
            assert is_refused(client.post("/v1/tickets"), 403, "mfa_enrolment_required")
            secret = client.post(f"{MFA}/totp").json()["secret"]
            confirm = {"code": code_of(secret, clock.now)}
            assert client.post(f"{MFA}/totp/confirm", confirm, format="json").status_code == 200
            assert client.get("/v1/users/me").status_code == 200
            answer = client.delete(f"{MFA}/totp", {"password": PASSWORD}, format="json")
            assert is_refused(answer, 409, "second_factor_needed")


def test_the_command_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("reset_mfa", "--help")
    assert "reason" in capsys.readouterr().out
