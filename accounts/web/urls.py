from django.urls import path

from accounts.web import (
    email_views,
    first_operator,
    password_reset,
    settings_views,
    token_views,
    views,
)

urlpatterns = [
    path("login", views.LogInView.as_view(), name="login"),
    path("register", views.RegisterView.as_view(), name="register"),
    path("logout", views.LogOutView.as_view(), name="logout"),
    path("password-reset", password_reset.request_page, name="password-reset"),
    path("password-reset/confirm", password_reset.confirm_page, name="password-reset-confirm"),
    path("set-up", first_operator.page, name="first-operator"),
    path("unsubscribe", email_views.unsubscribe_page, name="unsubscribe"),
    path("email/confirm", email_views.confirm_page, name="confirm-email"),
    path("settings/email", email_views.change_page, name="change-email"),
    path("settings/email/verify", email_views.verify, name="verify-email"),
    path("settings", settings_views.settings_page, name="settings"),
    path("settings/password", settings_views.password_page, name="password"),
    path("settings/tokens", token_views.tokens_page, name="tokens"),
    path("settings/tokens/<uuid:token_id>/end", token_views.revoke, name="revoke-token"),
    path("settings/devices/<uuid:sign_in_id>/end", settings_views.end_one, name="end-sign-in"),
    path("settings/blocks/<uuid:person_id>/end", settings_views.unblock, name="unblock"),
    path(
        "settings/contacts/<uuid:person_id>/end",
        settings_views.forget_contact,
        name="forget-contact",
    ),
]
