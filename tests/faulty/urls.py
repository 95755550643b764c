"""The product's paths, and some that fail."""

from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api.views import ApiView, route
from chatproject.core.task_queue import defer
from chatproject.urls import urlpatterns as own
from tests.faulty.faults import fail, statements
from tests.faulty.tasks import fail_task


class FailView(ApiView):
    def post(self, request: Request, text: str) -> Response:
        how = request.data["how"]
        if how == "task":
            defer(fail_task, text=request.data["content"])
            return Response(status=204)
        fail(request.data["content"], how)
        return Response(status=204)

    def get(self, request: Request, text: str) -> Response:
        return Response({"statements": statements()})


urlpatterns = [route("v1/faulty/<str:text>", FailView.as_view(), "faulty"), *own]
