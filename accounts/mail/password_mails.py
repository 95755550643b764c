"""The mails about passwords."""

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.mail.mails import Link, Mail, absolute_url
from accounts.mail.tokens import password_reset_token
from accounts.models import User


def password_reset_mail(person: User) -> Mail:
    """With a link that sets a new password, once."""
    token = urlencode({"token": password_reset_token(person)})
    minutes = max(1, settings.PASSWORD_RESET_TIMEOUT // 60)
    return Mail(
        to=str(person.email),
        subject=_("Set a new password"),
        paragraphs=[
            _("Hello %(name)s,") % {"name": person.name},
            _("Somebody, probably you, asked for a new password for your account."),
        ],
        link=Link(
            _("Set a new password"), absolute_url(f"{reverse('password-reset-confirm')}?{token}")
        ),
        afterwards=[
            ngettext(
                "The link works once, for %(count)s minute.",
                "The link works once, for %(count)s minutes.",
                minutes,
            )
            % {"count": minutes},
            _("If it was not you, do nothing, and your password stays the same."),
        ],
        reason=_("You get this mail because a new password was asked for with your address."),
    )


def password_changed_mail(person: User) -> Mail:
    """Tells the person, in case it was somebody else."""
    return Mail(
        to=str(person.email),
        subject=_("Your password was changed"),
        paragraphs=[
            _("Hello %(name)s,") % {"name": person.name},
            _("The password of your account was changed, and all devices were logged out."),
        ],
        link=Link(_("It was not me"), absolute_url(reverse("password-reset"))),
        reason=_("You get this mail because your account was changed."),
    )
