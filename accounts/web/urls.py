from django.urls import path

from accounts.web import (
    email_views,
    first_operator,
    invite_views,
    password_reset,
    second_factor_views,
    settings_views,
    single_sign_on_views,
    token_views,
    views,
)

urlpatterns = [
    path("login", views.LogInView.as_view(), name="login"),
    path("login/second-factor", views.SecondFactorLogInView.as_view(), name="second-factor-log-in"),
    path("login/passkey", views.PasskeyLogInView.as_view(), name="passkey-log-in"),
    path("login/sso", single_sign_on_views.begin_page, name="single-sign-on"),
    path("login/sso/answer", single_sign_on_views.answer_page, name="single-sign-on-answer"),
    path(
        "login/sso/back-channel-logout",
        single_sign_on_views.back_channel_logout,
        name="back-channel-logout",
    ),
    path("register", views.RegisterView.as_view(), name="register"),
    path("logout", views.LogOutView.as_view(), name="logout"),
    path("password-reset", password_reset.request_page, name="password-reset"),
    path("password-reset/confirm", password_reset.confirm_page, name="password-reset-confirm"),
    path("set-up", first_operator.page, name="first-operator"),
    path("unsubscribe", email_views.unsubscribe_page, name="unsubscribe"),
    path("email/confirm", email_views.confirm_page, name="confirm-email"),
    path("settings/invites", invite_views.page, name="invites"),
    path("settings/invites/<uuid:invite_id>/revoke", invite_views.revoke, name="revoke-invite"),
    path("settings/email", email_views.change_page, name="change-email"),
    path("settings/email/verify", email_views.verify, name="verify-email"),
    path("settings", settings_views.settings_page, name="settings"),
    path("settings/password", settings_views.password_page, name="password"),
    path("settings/tokens", token_views.tokens_page, name="tokens"),
    path("settings/tokens/<uuid:token_id>/end", token_views.revoke, name="revoke-token"),
    path("settings/second-factor", second_factor_views.second_factor_page, name="second-factor"),
    path("settings/second-factor/app", second_factor_views.confirm_totp_page, name="confirm-totp"),
    path(
        "settings/second-factor/app/begin", second_factor_views.begin_totp_page, name="begin-totp"
    ),
    path(
        "settings/second-factor/app/remove",
        second_factor_views.identity_page,
        {"act": "remove-totp"},
        name="remove-totp",
    ),
    path(
        "settings/second-factor/passkeys",
        second_factor_views.add_passkey_page,
        name="add-passkey",
    ),
    path(
        "settings/second-factor/passkeys/<uuid:passkey_id>/rename",
        second_factor_views.rename_passkey_page,
        name="rename-passkey",
    ),
    path(
        "settings/second-factor/passkeys/<uuid:passkey_id>/remove",
        second_factor_views.identity_page,
        {"act": "remove-passkey"},
        name="remove-passkey",
    ),
    path(
        "settings/second-factor/recovery-codes",
        second_factor_views.identity_page,
        {"act": "recovery-codes"},
        name="recovery-codes",
    ),
    path("settings/devices/<uuid:sign_in_id>/end", settings_views.end_one, name="end-sign-in"),
    path("settings/devices/<uuid:sign_in_id>/push", settings_views.change_push, name="change-push"),
    path("settings/blocks/<uuid:person_id>/end", settings_views.unblock, name="unblock"),
    path("settings/contacts/import", settings_views.import_contacts, name="import-contacts"),
    path(
        "settings/contacts/<uuid:person_id>/end",
        settings_views.forget_contact,
        name="forget-contact",
    ),
]
