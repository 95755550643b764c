"""The paths of the chat in the browser; the links of conversations and messages among them."""

from django.urls import path

from messaging.web import bots, chat, invites

urlpatterns = [
    path("", chat.index, name="index"),
    path("invite/<slug:token>", invites.page, name="invite"),
    path("invite/<slug:token>/qr.svg", invites.qr, name="invite-qr"),
    path("c/<uuid:conversation_id>", chat.conversation, name="chat"),
    path("c/<uuid:conversation_id>/<int:seq>", chat.conversation, name="chat-message"),
    path("settings/bots", bots.bots_page, name="settings-bots"),
    path("settings/bots/<uuid:bot_id>", bots.bot_page, name="settings-bot"),
    path("settings/bots/<uuid:bot_id>/close", bots.close, name="close-bot"),
    path(
        "settings/bots/<uuid:bot_id>/tokens/<uuid:token_id>/end",
        bots.revoke_token,
        name="revoke-bot-token",
    ),
    path("c/<uuid:conversation_id>/t/<int:root>", chat.thread, name="chat-thread"),
    path("c/<uuid:conversation_id>/t/<int:root>/<int:seq>", chat.thread, name="chat-reply"),
    path("threads", chat.threads, name="chat-threads"),
]
