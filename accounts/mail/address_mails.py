"""The mails by which people confirm addresses, and those about sign-ins."""

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.auth.user_agents import browser_name
from accounts.mail.mails import Link, Mail, absolute_url
from accounts.mail.tokens import signed
from accounts.models import EmailChange, PendingRegistration, SignIn, User
from chatproject.core.times import zone_of


def registration_mail(held: PendingRegistration) -> Mail:
    """With the link by which the account begins."""
    return Mail(
        to=held.email,
        subject=_("Confirm your email address"),
        paragraphs=[
            _("Hello %(name)s,") % {"name": held.name},
            _("Confirm that this is your address to activate your account."),
        ],
        link=Link(_("Confirm"), _confirm_url("registration", str(held.link_id))),
        afterwards=[_link_lasts(), _("If it was not you, do nothing, and no account is created.")],
        reason=_("You get this mail because an account was created with your address."),
    )


def account_exists_mail(person: User) -> Mail:
    """For the holder of an address with which somebody registers."""
    return Mail(
        to=str(person.email),
        subject=_("You already have an account"),
        paragraphs=[
            _("Hello %(name)s,") % {"name": person.name},
            _("Somebody, probably you, wanted to create an account with your address."),
            _("You already have one. If you have forgotten your password, set a new one."),
        ],
        link=Link(_("Set a new password"), absolute_url(reverse("password-reset"))),
        reason=_(
            "You get this mail because somebody wanted to create an account with your address."
        ),
    )


def verification_mail(person: User) -> Mail:
    """With a link that confirms the person's present address."""
    return Mail(
        to=str(person.email),
        subject=_("Confirm your email address"),
        paragraphs=[
            _("Hello %(name)s,") % {"name": person.name},
            _("Confirm that this is your address."),
        ],
        link=Link(_("Confirm"), _confirm_url("verification", [str(person.pk), person.email])),
        afterwards=[_link_lasts()],
        reason=_("You get this mail because your account has this address."),
    )


def old_address_mail(change: EmailChange) -> Mail:
    """To the address that is to be left."""
    return Mail(
        to=str(change.user.email),
        subject=_("Change your email address?"),
        paragraphs=[
            _("Hello %(name)s,") % {"name": change.user.name},
            _("The address of your account is to become %(email)s. Confirm it in both mails.")
            % {"email": change.email},
        ],
        link=Link(_("Confirm"), _confirm_url("email-change", [str(change.link_id), "old"])),
        afterwards=[
            _link_lasts(),
            _("If it was not you, change your password. That stops this change, too."),
        ],
        reason=_("You get this mail because your account has this address."),
    )


def new_address_mail(change: EmailChange) -> Mail:
    """To the address that is to come."""
    return Mail(
        to=change.email,
        subject=_("Confirm your new email address"),
        paragraphs=[
            _("Hello %(name)s,") % {"name": change.user.name},
            _("Confirm that this is your address. Open the link in the other mail, too."),
        ],
        link=Link(_("Confirm"), _confirm_url("email-change", [str(change.link_id), "new"])),
        afterwards=[_link_lasts(), _("If it was not you, do nothing.")],
        reason=_("You get this mail because somebody wants to use this address for their account."),
    )


def email_changed_mail(person: User, former: str) -> Mail:
    """To the address that was left."""
    return Mail(
        to=former,
        subject=_("Your email address was changed"),
        paragraphs=[
            _("Hello %(name)s,") % {"name": person.name},
            _("The address of your account is now %(email)s.") % {"email": person.email},
        ],
        reason=_("You get this mail because your account had this address."),
    )


def new_sign_in_mail(sign_in: SignIn) -> Mail:
    """About a sign-in from a device or a line that was not seen before."""
    at = timezone.localtime(sign_in.created_at, zone_of(sign_in.user.time_zone))
    return Mail(
        to=str(sign_in.user.email),
        subject=_("New sign-in to your account"),
        paragraphs=[
            _("Hello %(name)s,") % {"name": sign_in.user.name},
            _("Somebody logged in to your account from a new device:"),
            "\n".join(
                [
                    browser_name(sign_in.user_agent) or _("Unknown program"),
                    sign_in.address or _("Unknown address"),
                    f"{date_format(at, 'DATETIME_FORMAT')} {at:%Z}",
                ]
            ),
            _("If it was you, you need not do anything."),
        ],
        link=Link(_("It was not me"), absolute_url(reverse("password-reset"))),
        reason=_("You get this mail because somebody logged in to your account."),
    )


def _confirm_url(purpose: str, value: object) -> str:
    token = urlencode({"token": signed(purpose, value)})
    return absolute_url(f"{reverse('confirm-email')}?{token}")


def _link_lasts() -> str:
    days = settings.EMAIL_LINK_SECONDS // (24 * 3600)
    text = ngettext("The link works for %(count)s day.", "The link works for %(count)s days.", days)
    return text % {"count": days}
