"""The mail that brings an invite to somebody who is not here yet."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.mail.mails import Link, Mail, absolute_url
from accounts.models import Invite


def invite_mail(invite: Invite) -> Mail:
    """The place is told on the page of the link, to who may come."""
    name = invite.created_by.name
    return Mail(
        to=invite.email,
        subject=_("%(name)s invites you to a chat") % {"name": name},
        paragraphs=[
            _("Hello,"),
            _("%(name)s invites you to chat at %(host)s.")
            % {"name": name, "host": absolute_url("").partition("://")[2]},
        ],
        link=Link(_("See the invitation"), absolute_url(reverse("invite", args=[invite.token]))),
        afterwards=[_("The link works once. If you do not know what this is about, do nothing.")],
        reason=_("You get this mail because somebody invited this address. You will get no other."),
    )
