"""Files in the admin: to look at, and nothing else."""

import pytest
from django.test import Client
from django.urls import reverse

from attachments.models import Attachment
from tests.attachments.steps import sent, uploaded
from tests.cast import make_person
from tests.messaging.actions.scene import Scene

pytestmark = pytest.mark.parametrize("storage_url", ["folder"], indirect=True)


def test_they_are_listed_and_found_and_not_changed(scene: Scene) -> None:
    shape = uploaded(scene.owner, b"x", "plan.txt")
    uploaded(scene.owner, b"x", "other.txt")
    sent(scene, scene.owner, shape)
    client = Client()
    client.force_login(make_person("Mod", is_staff=True, is_superuser=True))
    page = reverse("admin:attachments_attachment_changelist")

    assert b"plan.txt" in client.get(page).content
    found = client.get(page, {"q": str(scene.id)}).content
    assert b"plan.txt" in found
    assert b"other.txt" not in found
    one = reverse("admin:attachments_attachment_change", args=[shape["id"]])
    assert client.get(one).status_code == 200
    assert client.post(one, {"name": "changed"}).status_code == 403
    assert client.get(reverse("admin:attachments_attachment_add")).status_code == 403
    assert Attachment.objects.get(pk=shape["id"]).name == "plan.txt"
