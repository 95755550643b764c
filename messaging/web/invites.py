"""The page of an invite: who invites to what. It works without JavaScript."""

import io

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from accounts.errors import InviteNotValid
from accounts.mail.mails import absolute_url
from accounts.models import User
from chatproject.core.errors import Refusal
from messaging.membership.invites import accept_invite, open_invitation

QR_SCALE = 6


@never_cache
@csrf_protect
def page(request: HttpRequest, token: str) -> HttpResponseBase:
    """Shows the invitation; the button takes who is signed in into the conversation."""
    user = request.user if isinstance(request.user, User) else None
    if request.method == "POST" and user is not None:
        return _accept(request, token, user)
    try:
        invitation = open_invitation(token=token, viewer_id=user.pk if user else None)
    except InviteNotValid as refusal:
        return _refused(request, refusal)
    context = {
        "inviter": invitation.invite.created_by,
        "conversation": invitation.conversation,
        "token": token,
        "path": reverse("invite", args=[token]),
        "person": user,
    }
    return render(request, "registration/invite.html", context)


@never_cache
def qr(request: HttpRequest, token: str) -> HttpResponse:
    """The link as a QR code, which a phone's camera opens."""
    try:
        open_invitation(token=token)
    except InviteNotValid:
        raise Http404 from None
    drawn = io.BytesIO()
    code = segno.make(absolute_url(reverse("invite", args=[token])), micro=False)
    code.save(drawn, kind="svg", scale=QR_SCALE, dark="#000", light="#fff", xmldecl=False)
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml")


def _accept(request: HttpRequest, token: str, user: User) -> HttpResponseBase:
    try:
        conversation_id = accept_invite(token=token, user_id=user.pk)
    except Refusal as refusal:
        return _refused(request, refusal)
    if conversation_id is None:
        return redirect("index")
    return redirect("chat", conversation_id)


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    context = {"refusal": refusal}
    return render(request, "registration/invite.html", context, status=refusal.status)
