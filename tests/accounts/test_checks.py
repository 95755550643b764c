"""What a start is refused for, and what the database itself refuses"""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError

from accounts.auth.checks import check_csrf
from accounts.models import User
from tests.accounts.scene import PASSWORD
from tests.cast import make_person


def test_csrf_protection_has_to_be_there(settings: Any) -> None:
    assert check_csrf(None) == []
    settings.MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
    assert check_csrf(None) == []
    settings.MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
    assert [error.id for error in check_csrf(None)] == ["chat.E017"]


@pytest.mark.django_db
@pytest.mark.parametrize("email", ["ann@example.org", "Bob@example.org"])
def test_an_email_exists_once_and_in_lower_case(email: str) -> None:
    make_person("Ann", email="ann@example.org")
    with pytest.raises(IntegrityError):
        User.objects.create(name="Other", email=email)


@pytest.mark.django_db
def test_operators_make_the_first_staff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", "--email=Op@Example.org", "--name=Op", verbosity=0)

    op = User.objects.get(email="op@example.org")
    assert (op.name, op.is_staff, op.is_superuser) == ("Op", True, True)
    assert op.check_password(PASSWORD)
