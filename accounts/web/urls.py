from django.urls import path

from accounts.web import settings_views, views

urlpatterns = [
    path("login", views.LogInView.as_view(), name="login"),
    path("register", views.RegisterView.as_view(), name="register"),
    path("logout", views.LogOutView.as_view(), name="logout"),
    path("settings", settings_views.settings_page, name="settings"),
    path("settings/password", settings_views.password_page, name="password"),
    path("settings/devices/<uuid:sign_in_id>/end", settings_views.end_one, name="end-sign-in"),
    path("settings/blocks/<uuid:person_id>/end", settings_views.unblock, name="unblock"),
    path("settings/contacts/import", settings_views.import_contacts, name="import-contacts"),
    path(
        "settings/contacts/<uuid:person_id>/end",
        settings_views.forget_contact,
        name="forget-contact",
    ),
]
