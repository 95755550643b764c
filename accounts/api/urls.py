from accounts.api import (
    access,
    blocks,
    contacts,
    email,
    mail_settings,
    me,
    password_reset,
    people,
    tokens,
)
from chatproject.core.api.views import route

urlpatterns = [
    route("users/register", access.RegisterView.as_view(), "api-register"),
    route("users/login", access.LogInView.as_view(), "api-login"),
    route("users/refresh", access.RefreshView.as_view(), "api-refresh"),
    route("users/logout", access.LogOutView.as_view(), "api-logout"),
    route(
        "users/password-reset",
        password_reset.PasswordResetView.as_view(),
        "api-password-reset",
    ),
    route(
        "users/password-reset/confirm",
        password_reset.NewPasswordView.as_view(),
        "api-password-reset-confirm",
    ),
    route("users/email/confirm", email.ConfirmEmailView.as_view(), "api-confirm-email"),
    route("users/me/mail", mail_settings.MailSettingsView.as_view(), "api-mail-settings"),
    route("users/me/email", email.EmailView.as_view(), "api-email"),
    route(
        "users/me/email/verification", email.VerificationView.as_view(), "api-email-verification"
    ),
    route("users/me", me.MeView.as_view(), "api-me"),
    route("users/me/password", me.PasswordView.as_view(), "api-password"),
    route("users/me/sign-ins", me.SignInsView.as_view(), "api-sign-ins"),
    route("users/me/sign-ins/<uuid:sign_in_id>", me.SignInView.as_view(), "api-sign-in"),
    route("users/me/tokens", tokens.MyTokensView.as_view(), "api-my-tokens"),
    route("users/me/tokens/<uuid:token_id>", tokens.MyTokenView.as_view(), "api-my-token"),
    route("users", people.PeopleView.as_view(), "api-people"),
    route("users/<uuid:user_id>", people.PersonView.as_view(), "api-person"),
    route("contacts", contacts.ContactsView.as_view(), "api-contacts"),
    route("contacts/<uuid:user_id>", contacts.ContactView.as_view(), "api-contact"),
    route("blocks", blocks.BlocksView.as_view(), "api-blocks"),
    route("blocks/<uuid:user_id>", blocks.BlockView.as_view(), "api-block"),
    route("tickets", access.TicketsView.as_view(), "api-tickets"),
]
