"""The product's paths, and one of the app's own."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from chatproject.push import push_to_conversation
from chatproject.urls import urlpatterns as own


@csrf_exempt
def tick(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    push_to_conversation(conversation_id, "acme.tick", {"from": "request"})
    return HttpResponse(status=204)


urlpatterns = [path("acme/tick/<uuid:conversation_id>", tick), *own]
