"""Forms for the settings; they call the same actions as the API."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.auth import passwords
from accounts.auth.client_address import Client
from accounts.errors import WrongPassword
from accounts.models import Audience, User
from accounts.people import names, privacy
from accounts.people.accounts import (
    MAX_ABOUT_LENGTH,
    change_password,
    offered_time_zones,
    set_preferences,
    update_profile,
)
from accounts.people.mail_settings import set_mail_settings
from accounts.web.answers import LimitedForm
from accounts.web.forms import PASSWORD_HINT
from chatproject.core.errors import InvalidInput, RateLimited

PREFERENCES = (
    "theme",
    "accent",
    "density",
    "language",
    "notifications",
    "has_sound",
    "undo_seconds",
)
MAIL_SETTINGS = ("digest", "quiet_from", "quiet_until")
# The headings of the page, each with its fields.
SECTIONS = (
    ("profile", _("Profile"), ("name", "about", "language", "time_zone")),
    ("privacy", _("Privacy"), ("presence", "receipts", "writing", "adding")),
    ("appearance", _("Appearance"), ("theme", "accent", "density")),
    ("sending", _("Sending"), ("undo_seconds",)),
    (
        "notifications",
        _("Notifications"),
        ("notifications", "has_sound", "digest", "quiet_from", "quiet_until"),
    ),
)


class SettingsForm(forms.Form):
    """Fields have a maximum length here; the actions validate the rest."""

    name = forms.CharField(
        label=_("Name"),
        max_length=names.MAX_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    about = forms.CharField(
        label=_("About you"),
        max_length=MAX_ABOUT_LENGTH,
        required=False,
        help_text=_("Shown to those who open your profile."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    presence = forms.ChoiceField(
        label=_("Who sees when I am online"),
        choices=Audience.choices,
        help_text=_("You see this of the people who may see it of you."),
    )
    receipts = forms.ChoiceField(
        label=_("Who sees what I have read"),
        choices=Audience.choices,
        help_text=_(
            "You see this of the people who may see it of you. In groups it is everybody or nobody."
        ),
    )
    writing = forms.ChoiceField(label=_("Who may write to me first"), choices=Audience.choices)
    adding = forms.ChoiceField(
        label=_("Who may add me to groups"),
        choices=Audience.choices,
        help_text=_("When others add you, you get a request that you can accept or decline."),
    )
    theme = forms.ChoiceField(
        label=_("Theme"),
        required=False,
        choices=[("", _("System default")), *User.Theme.choices],
        widget=forms.RadioSelect,
    )
    accent = forms.ChoiceField(
        label=_("Accent colour"),
        required=False,
        choices=[("", _("Server default")), *User.Accent.choices],
    )
    density = forms.ChoiceField(
        label=_("Density"),
        required=False,
        choices=User.Density.choices,
        help_text=_("How much space rows and messages take."),
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("Browser default")), *settings.LANGUAGES],
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("For quiet hours and mails; your profile shows your local time."),
    )
    notifications = forms.ChoiceField(
        label=_("Notify me of"), choices=User.Notifications.choices, widget=forms.RadioSelect
    )
    has_sound = forms.BooleanField(label=_("With a sound"), required=False)
    undo_seconds = forms.TypedChoiceField(
        label=_("Undo sending"),
        coerce=int,
        choices=[
            (0, _("Off")),
            (5, _("Within 5 seconds")),
            (10, _("Within 10 seconds")),
            (30, _("Within 30 seconds")),
        ],
    )
    digest = forms.ChoiceField(
        label=_("Email me what I missed"),
        required=False,
        choices=User.Digest.choices,
        help_text=_("Mentions and direct messages, while you are away; to a confirmed address."),
    )
    quiet_from = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    quiet_until = forms.TimeField(
        label=_("Quiet until"),
        required=False,
        help_text=_("No notifications are shown and no such mails are sent in these hours."),
        widget=forms.TimeInput({"type": "time"}, "%H:%M"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = self.initial.get("time_zone", "")
        names = sorted({own, *offered_time_zones()})
        labels = [(name, name.replace("_", " ") if name else _("Not known yet")) for name in names]
        self.fields["time_zone"].choices = labels  # type: ignore[attr-defined]

    def sections(self) -> Iterator[tuple[str, str, list[forms.BoundField]]]:
        """An id, a heading and fields for each section of the page."""
        for name, heading, fields in SECTIONS:
            yield name, str(heading), [self[field] for field in fields]

    def save(self, user: User) -> bool:
        """Saves everything, or nothing when an action refuses; the form then has the errors."""
        given = dict(self.cleaned_data)
        given["time_zone"] = given["time_zone"] or None
        mail = {name: given.pop(name) for name in MAIL_SETTINGS}
        preferences = {name: given.pop(name) for name in PREFERENCES}
        preferences["density"] = preferences["density"] or User.Density.COMFORTABLE
        audiences = {what: given.pop(what) for what in privacy.FIELDS}
        try:
            with transaction.atomic():
                update_profile(user=user, **given)
                set_preferences(user=user, **preferences)
                privacy.set_privacy(user=user, **audiences)
                set_mail_settings(user=user, **{**mail, "digest": mail["digest"] or "off"})
        except InvalidInput as refusal:
            for error in refusal.errors:
                self.add_error(error["field"], error["detail"])
            return False
        return True


class PasswordForm(LimitedForm):
    """Changes the password, given the current one."""

    current = forms.CharField(
        label=_("Current password"),
        strip=False,
        max_length=passwords.MAX_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    new = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=passwords.MAX_LENGTH,
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New password again"),
        strip=False,
        max_length=passwords.MAX_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "new" in data and "again" in data and data["new"] != data["again"]:
            self.add_error("again", _("The two do not match."))
        return data

    def change(self, user: User, client: Client) -> User | None:
        """Changes the password and returns the person; None when the action refuses."""
        current, new = self.cleaned_data["current"], self.cleaned_data["new"]
        try:
            return change_password(user=user, current=current, new=new, client=client)
        except WrongPassword as refusal:
            self.add_error("current", refusal.detail)
        except InvalidInput as refusal:
            for error in refusal.errors:
                self.add_error("new", error["detail"])
        except RateLimited as refusal:
            self.limit(refusal)
        return None
